package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"time"
)

// pair is a key and the certificate for it, as PEM.
type pair struct {
	certificate []byte
	key         []byte
}

// keys is every secret of a plane: they live and die with it.
type keys struct {
	authority []byte
	serving   pair
	admin     pair
	account   []byte
}

func newKeys() (*keys, error) {
	authority, err := newAuthority()
	if err != nil {
		return nil, err
	}
	made := &keys{authority: encode("CERTIFICATE", authority.certificate.Raw)}
	made.serving, err = authority.issue(&x509.Certificate{
		Subject:     pkix.Name{CommonName: "kube-apiserver"},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:    []string{"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	})
	if err != nil {
		return nil, err
	}
	made.admin, err = authority.issue(&x509.Certificate{
		Subject:     pkix.Name{CommonName: "molave-test", Organization: []string{"system:masters"}},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	if err != nil {
		return nil, err
	}
	_, made.account, err = newKey()
	return made, err
}

// authority signs the certificates of one plane.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func newAuthority() (*authority, error) {
	key, _, err := newKey()
	if err != nil {
		return nil, err
	}
	template := dated(&x509.Certificate{
		Subject:               pkix.Name{CommonName: "molave-test authority"},
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}, 1)
	raw, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	certificate, err := x509.ParseCertificate(raw)
	return &authority{certificate, key}, err
}

func (a *authority) issue(template *x509.Certificate) (pair, error) {
	key, text, err := newKey()
	if err != nil {
		return pair{}, err
	}
	template.KeyUsage = x509.KeyUsageDigitalSignature
	raw, err := x509.CreateCertificate(rand.Reader, dated(template, time.Now().UnixNano()), a.certificate, key.Public(), a.key)
	return pair{encode("CERTIFICATE", raw), text}, err
}

// dated gives a certificate its serial number and times: a plane is gone long before they end.
func dated(template *x509.Certificate, serial int64) *x509.Certificate {
	template.SerialNumber = big.NewInt(serial)
	template.NotBefore = time.Now().Add(-time.Hour)
	template.NotAfter = time.Now().AddDate(1, 0, 0)
	return template
}

func newKey() (*ecdsa.PrivateKey, []byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	raw, err := x509.MarshalECPrivateKey(key)
	return key, encode("EC PRIVATE KEY", raw), err
}

func encode(kind string, raw []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: raw})
}

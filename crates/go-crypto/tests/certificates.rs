//! Certificates read again with another library, and the same moment giving the same bytes.

#![expect(clippy::unwrap_used, reason = "what cannot be read fails the test")]

use go_crypto::certificate::{check, create};
use go_crypto::{Authority, Pair, PrivateKey, Request, pem};
use jiff::Timestamp;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;
use x509_cert::Certificate;
use x509_cert::der::{Decode as _, Encode as _};

fn chance(seed: u8) -> ChaCha20Rng {
    ChaCha20Rng::from_seed([seed; 32])
}

fn now() -> Timestamp {
    "2026-01-02T03:04:05.9Z".parse().unwrap()
}

fn key(kind: &str, seed: u8) -> PrivateKey {
    PrivateKey::generate(kind.as_bytes(), &mut chance(seed)).unwrap().unwrap()
}

fn issue(request: &Request, key: &PrivateKey, authority: Option<&Authority>) -> Pair {
    create(request, key, authority, now(), &mut chance(9)).unwrap()
}

fn request(name: &str) -> Request {
    Request {
        common_name: name.as_bytes().to_vec(),
        addresses: vec![
            "10.0.0.1".parse().unwrap(),
            "::ffff:1.2.3.4".parse().unwrap(),
            "fe80::1".parse().unwrap(),
        ],
        names: vec![b"a.example".to_vec(), b"*.b".to_vec()],
        days: 30,
        is_authority: false,
    }
}

fn authority(name: &str, days: i64) -> Request {
    Request {
        common_name: name.as_bytes().to_vec(),
        days,
        is_authority: true,
        ..Request::default()
    }
}

fn parse(pair: &Pair) -> Certificate {
    check(pair.certificate.as_bytes()).unwrap();
    let block = pem::decode(pair.certificate.as_bytes()).unwrap();
    assert_eq!(block.label, "CERTIFICATE");
    Certificate::from_der(&block.bytes).unwrap()
}

/// Each extension as `oid critical hex`.
fn extensions(certificate: &Certificate) -> Vec<String> {
    let extensions = certificate.tbs_certificate().extensions().unwrap();
    let line = |extension: &x509_cert::ext::Extension| {
        let bytes = extension.extn_value.as_bytes().iter();
        let hex: Vec<_> = bytes.map(|byte| format!("{byte:02x}")).collect();
        let hex = hex.concat();
        format!("{} {} {hex}", extension.extn_id, extension.critical)
    };
    extensions.iter().map(line).collect()
}

const USAGES: &str = "2.5.29.37 false 301406082b0601050507030106082b06010505070302";

#[test]
fn an_authority_says_what_go_says() {
    let pair = issue(&authority("my ca", 365), &key("ecdsa", 1), None);
    let certificate = parse(&pair);
    let body = certificate.tbs_certificate();
    assert_eq!(body.issuer(), body.subject());
    assert_eq!(body.subject().to_string(), "CN=my ca");
    assert_eq!(body.validity().not_before.to_string(), "2026-01-02T03:04:05Z");
    assert_eq!(body.validity().not_after.to_string(), "2027-01-02T03:04:05Z");
    assert_eq!(
        body.signature().to_der().unwrap(),
        certificate.signature_algorithm().to_der().unwrap()
    );
    assert_eq!(body.signature().oid.to_string(), "1.2.840.10045.4.3.2");
    let list = extensions(&certificate);
    assert_eq!(list[..3], ["2.5.29.15 true 030202a4", USAGES, "2.5.29.19 true 30030101ff"]);
    assert!(list[3].starts_with("2.5.29.14 false 0414"), "{list:?}");
    assert_eq!(list[3].len(), "2.5.29.14 false 0414".len() + 40);
    assert_eq!(list.len(), 4);
}

#[test]
fn a_signed_certificate_names_its_authority_and_whom_it_is_for() {
    let ca = issue(&authority("ca", 365), &key("ecdsa", 1), None);
    let signer = Authority::from_pem(ca.certificate.as_bytes(), ca.key.as_bytes()).unwrap();
    let certificate = parse(&issue(&request("leaf*"), &key("ed25519", 2), Some(&signer)));
    let body = certificate.tbs_certificate();
    assert_eq!(
        (body.issuer().to_string(), body.subject().to_string()),
        ("CN=ca".to_owned(), "CN=leaf*".to_owned())
    );
    // Text that no PrintableString may hold is UTF-8.
    assert_eq!(body.subject().to_der().unwrap()[11], 0x0c);
    assert_eq!(body.issuer().to_der().unwrap()[11], 0x13);
    let list = extensions(&certificate);
    let identifier = extensions(&parse(&ca))[3].split_off("2.5.29.14 false 0414".len());
    assert_eq!(
        list,
        [
            "2.5.29.15 true 030205a0".to_owned(),
            USAGES.to_owned(),
            "2.5.29.19 true 3000".to_owned(),
            format!("2.5.29.35 false 30168014{identifier}"),
            "2.5.29.17 false 302e8209612e6578616d706c6582032a2e6287040a000001870401020304\
             8710fe800000000000000000000000000001"
                .to_owned(),
        ]
    );
}

#[test]
fn a_certificate_for_nobody_has_critical_names() {
    let certificate = parse(&issue(&request(""), &key("ecdsa", 1), None));
    assert!(extensions(&certificate)[3].starts_with("2.5.29.17 true "));
}

#[test]
fn keys_of_all_kinds_sign_and_come_back_as_they_were() {
    for (kind, algorithm) in [("ecdsa", "1.2.840.10045.4.3.2"), ("ed25519", "1.3.101.112")] {
        let made = key(kind, 3);
        let read = PrivateKey::from_pem(made.to_pem().as_bytes()).unwrap();
        assert_eq!(read.to_pem(), made.to_pem());
        let certificate = parse(&issue(&authority("a", 1), &read, None));
        assert_eq!(certificate.signature_algorithm().oid.to_string(), algorithm);
    }
}

#[test]
fn rsa_keys_have_two_thousand_bits_and_are_whole() {
    let made = PrivateKey::for_certificate(&mut chance(4)).unwrap();
    let read = PrivateKey::from_pem(made.to_pem().as_bytes()).unwrap();
    assert_eq!(read.to_pem(), made.to_pem());
    let pair = issue(&authority("a", 1), &made, None);
    let certificate = parse(&pair);
    assert_eq!(certificate.signature_algorithm().oid.to_string(), "1.2.840.113549.1.1.11");
    assert_eq!(certificate.signature().raw_bytes().len(), 256);
    let key = certificate
        .tbs_certificate()
        .subject_public_key_info()
        .subject_public_key
        .raw_bytes()
        .len();
    assert_eq!(key, 270);
    assert_eq!(PrivateKey::for_certificate(&mut chance(4)).unwrap().to_pem(), made.to_pem());
    assert_ne!(PrivateKey::for_certificate(&mut chance(5)).unwrap().to_pem(), made.to_pem());
}

#[test]
fn the_same_moment_gives_the_same_certificate() {
    let pair = || issue(&request("x"), &key("ecdsa", 1), None);
    assert_eq!(pair(), pair());
    let other = create(&request("x"), &key("ecdsa", 1), None, now(), &mut chance(8)).unwrap();
    assert_ne!(other, pair());
}

#[test]
fn times_beyond_two_digit_years_are_written_with_four() {
    for (days, end) in [
        (-1, "2026-01-01T03:04:05Z"),
        (8760, "2049-12-27T03:04:05Z"),
        (36500, "2125-12-09T03:04:05Z"),
        (-7300, "2006-01-07T03:04:05Z"),
    ] {
        let certificate = parse(&issue(&authority("a", days), &key("ecdsa", 1), None));
        assert_eq!(certificate.tbs_certificate().validity().not_after.to_string(), end);
    }
}

#[test]
fn wrong_authorities_and_keys_fail_as_in_go() {
    let [first, second] = [1, 2].map(|seed| issue(&authority("ca", 1), &key("ecdsa", seed), None));
    let mixed = Authority::from_pem(first.certificate.as_bytes(), second.key.as_bytes()).unwrap();
    let error = create(&request("x"), &key("ecdsa", 3), Some(&mixed), now(), &mut chance(1));
    assert_eq!(
        error.unwrap_err().to_string(),
        "error creating certificate: x509: provided PrivateKey doesn't match parent's PublicKey"
    );
    let error = |certificate: &str, key: &str| {
        Authority::from_pem(certificate.as_bytes(), key.as_bytes()).err().unwrap().to_string()
    };
    assert_eq!(error("", &first.key), "unable to decode certificate");
    assert_eq!(error(&first.certificate, ""), "error parsing private key: no PEM data in input");
    assert_eq!(
        error(&first.key, &first.key),
        "error parsing certificate: decodedSignerCert.Bytes: x509: malformed tbs certificate"
    );
}

#[test]
fn broken_certificates_never_panic() {
    let pair = issue(&request("x"), &key("ecdsa", 1), None);
    let bytes = pem::decode(pair.certificate.as_bytes()).unwrap().bytes;
    for place in 0..bytes.len() {
        for change in [1, 0x20, 0x80, 0xff] {
            let mut broken = bytes.clone();
            broken[place] ^= change;
            drop(check(pem::encode("CERTIFICATE", &broken).as_bytes()));
        }
        let cut = check(pem::encode("CERTIFICATE", &bytes[..place]).as_bytes());
        assert!(cut.is_err(), "{place}");
    }
}

#[test]
fn broken_keys_never_panic() {
    for made in
        [key("ecdsa", 1), key("ed25519", 1), PrivateKey::for_certificate(&mut chance(1)).unwrap()]
    {
        let pem::Block { label, bytes } = pem::decode(made.to_pem().as_bytes()).unwrap();
        for place in (0..bytes.len()).step_by(1 + bytes.len() / 40) {
            for change in [1, 0x80] {
                let mut broken = bytes.clone();
                broken[place] ^= change;
                let read = PrivateKey::from_pem(pem::encode(&label, &broken).as_bytes());
                if let Ok(key) = read {
                    drop(create(&authority("a", 1), &key, None, now(), &mut chance(1)));
                }
            }
        }
    }
}

#[test]
fn long_keys_are_written_in_their_usual_forms() {
    for (kind, label, length) in
        [("rsa", "RSA PRIVATE KEY", 2330..2352), ("dsa", "DSA PRIVATE KEY", 850..862)]
    {
        let block = pem::decode(key(kind, 7).to_pem().as_bytes()).unwrap();
        assert_eq!(block.label, label);
        assert!(length.contains(&block.bytes.len()), "{kind}: {}", block.bytes.len());
    }
    assert!(PrivateKey::generate(b"foo", &mut chance(1)).is_none());
}

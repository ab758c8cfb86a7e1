// Command plane runs a Kubernetes control plane for tests: etcd, kube-apiserver, kube-controller-manager,
// kube-scheduler, and kwok, whose nodes are fake and whose pods become ready without a container.
//
//	plane run --binaries DIR [--record DIR] [--context NAME]… [--logs DIR] [--until-eof] [--detach]
//	plane status --record DIR       is one running there?
//	plane stop --record DIR         end it, and wait until it is gone
//
// `run` prints `kubeconfig <path>` on stdout when the plane is ready, and lives until a signal, or until its standard
// input ends. Progress goes to stderr. Everything it makes is below one temporary folder, which goes when it ends;
// a second process of it, the janitor, sees to that even when this one is killed.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// errStopped says that a signal or the end of standard input came; it is no failure.
var errStopped = errors.New("stopped")

// options is what the command line says.
type options struct {
	binaries string
	record   string
	logs     string
	contexts list
	untilEOF bool
	detach   bool
}

// list is a flag that may be given several times.
type list []string

func (l *list) String() string         { return strings.Join(*l, ",") }
func (l *list) Set(value string) error { *l = append(*l, value); return nil }

// The system kills the children when the thread that started them ends, so this one must live as long as the process.
func init() { runtime.LockOSThread() }

func main() {
	if len(os.Args) < 2 {
		usage()
	}
	parsed := parse(os.Args[1], os.Args[2:])
	switch os.Args[1] {
	case "run":
		finish(run(parsed))
	case "status":
		if !recordTaken(parsed.record) {
			os.Exit(1)
		}
	case "stop":
		finish(stopRecorded(parsed.record))
	case janitorCommand:
		runJanitor(bufio.NewScanner(os.Stdin))
	default:
		usage()
	}
}

func finish(err error) {
	if err != nil {
		progress("%v", err)
		os.Exit(1)
	}
}

func usage() {
	progress("usage: plane run --binaries DIR [flags] | plane status --record DIR | plane stop --record DIR")
	os.Exit(2)
}

func parse(command string, arguments []string) options {
	var parsed options
	flags := flag.NewFlagSet("plane "+command, flag.ExitOnError)
	flags.StringVar(&parsed.binaries, "binaries", ".", "the `folder` that holds the components")
	flags.StringVar(&parsed.record, "record", "", "a `folder` for the process id and the kubeconfig; one plane at a time has it")
	flags.StringVar(&parsed.logs, "logs", "", "a `folder` for the components' logs, which then outlive the plane")
	flags.Var(&parsed.contexts, "context", "a further context `name` in the kubeconfig (repeatable)")
	flags.BoolVar(&parsed.untilEOF, "until-eof", false, "end when standard input does")
	flags.BoolVar(&parsed.detach, "detach", false, "outlive the terminal")
	_ = flags.Parse(arguments)
	if flags.NArg() > 0 {
		usage()
	}
	return parsed
}

// run brings a plane up, keeps it until it is asked to end, and takes it down.
func run(options options) error {
	if options.detach {
		if _, err := syscall.Setsid(); err != nil {
			return err
		}
	}
	stop, cancel := stopContext(options.untilEOF)
	defer cancel()
	started := time.Now()
	plane, err := newPlane(options)
	if err != nil {
		return err
	}
	err = plane.up(stop)
	if err == nil {
		progress("up in %.1f s: %s, logs in %s", time.Since(started).Seconds(), plane.server(), plane.logs)
		fmt.Printf("kubeconfig %s\n", plane.kubeconfig())
		err = plane.watch(stop)
	}
	if errors.Is(err, errStopped) {
		err = nil
	} else {
		progress("ending, because of a failure")
	}
	ended := time.Now()
	plane.down()
	progress("down in %.1f s", time.Since(ended).Seconds())
	return err
}

// stopContext ends at a signal and, if asked, when standard input ends.
func stopContext(untilEOF bool) (context.Context, context.CancelFunc) {
	// A reader of our stdout or stderr that is gone must not kill us before we have cleaned up.
	signal.Ignore(syscall.SIGPIPE)
	stop, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	if untilEOF {
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			cancel()
		}()
	}
	return stop, cancel
}

func progress(format string, arguments ...any) {
	fmt.Fprintf(os.Stderr, "control-plane: "+format+"\n", arguments...)
}

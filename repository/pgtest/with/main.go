// Command with runs another command with a PostgreSQL cluster that is there for it alone: the
// variable TEST_POSTGRES holds its URL. The cluster goes when the command ends, whose exit code
// is that of this program. An interrupt or a request to terminate is passed on, so that Ctrl-C,
// which a terminal sends to both, reaches the command twice.
//
// Usage: with <command> [arguments]
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"sessionhub/repository/pgtest"
)

const (
	variable = "TEST_POSTGRES"
	usage    = "usage: with <command> [arguments]"
	failed   = 1
	misused  = 2
	// A shell adds this to the number of the signal that ended a command.
	signalled = 128
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:], world{os.Environ(), os.Stdin, os.Stdout, os.Stderr}))
}

// world is what the command gets from its surroundings, besides the cluster.
type world struct {
	environ        []string
	stdin          io.Reader
	stdout, stderr io.Writer
}

// run is the program. It returns the exit code.
func run(ctx context.Context, args []string, w world) int {
	if len(args) == 0 {
		_, _ = fmt.Fprintln(w.stderr, usage)
		return misused
	}
	if reason, ok := pgtest.Available(); !ok {
		_, _ = fmt.Fprintln(w.stderr, reason)
		return failed
	}
	// A signal that comes while the cluster starts waits for the command.
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	code, err := runWithCluster(ctx, args, w, signals)
	if err != nil {
		_, _ = fmt.Fprintln(w.stderr, "with:", err)
	}
	return code
}

func runWithCluster(ctx context.Context, args []string, w world, signals <-chan os.Signal) (code int, err error) {
	cluster, err := pgtest.Start(ctx, pgtest.Options{})
	if err != nil {
		return failed, err
	}
	defer func() {
		if stopping := cluster.Stop(); stopping != nil {
			code, err = max(code, failed), errors.Join(err, stopping)
		}
	}()
	cmd := exec.CommandContext(ctx, args[0], args[1:]...) //nolint:gosec // running it is what this is for
	cmd.Env = append(w.environ, variable+"="+cluster.URL(pgtest.Database))
	cmd.Stdin, cmd.Stdout, cmd.Stderr = w.stdin, w.stdout, w.stderr
	if err := cmd.Start(); err != nil {
		return failed, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		select {
		case s := <-signals:
			_ = cmd.Process.Signal(s) // fails where it has just ended
		case err := <-ended:
			return exitCode(err)
		}
	}
}

// exitCode is that of a command that has ended. Its failure is its own to explain.
func exitCode(err error) (int, error) {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		if err != nil {
			return failed, err
		}
		return 0, nil
	}
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return signalled + int(status.Signal()), nil
	}
	return exit.ExitCode(), nil
}

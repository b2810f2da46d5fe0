// Command sessionhub keeps the conversation sessions of AI agents: one program, one SQLite
// file or PostgreSQL, an HTTP API. README.md says how to start; "sessionhub --help" lists the commands.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// version is set by the build: -ldflags "-X main.version=...".
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second signal ends the program at once.
	context.AfterFunc(ctx, stop)
	os.Exit(exitCode(run(ctx, os.Args[1:], world{
		environ: os.Environ(), stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, now: time.Now, name: os.Args[0],
	}), os.Stderr))
}

// world is what the program takes from its surroundings.
type world struct {
	environ        []string
	stdin          io.Reader
	stdout, stderr io.Writer
	now            func() time.Time
	name           string // that the program was called by, for lines to paste
}

// run is the program.
func run(ctx context.Context, args []string, w world) error {
	p := &program{world: w}
	root := p.commands()
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	if err != nil && !p.running {
		return usage(cmd, err)
	}
	return err
}

// usageError is a command that was called in a wrong way: exit code 2, where all others are 1.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func exitCode(err error, stderr io.Writer) int {
	if err == nil {
		return 0
	}
	_, _ = fmt.Fprintln(stderr, "sessionhub:", err)
	var usage usageError
	if errors.As(err, &usage) {
		return 2
	}
	return 1
}

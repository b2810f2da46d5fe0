// Command bench measures the service beside what it could be compared with, in one run, so that a
// machine's noise falls on both.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// scenarios are what can be measured: make bench BENCH=search.
var scenarios = map[string]func(context.Context, []string) error{
	"postgres": benchPostgres, "search": benchSearch, "serve": benchServe,
}

// rivalServers are the servers that the program runs as other processes of itself.
var rivalServers = map[string]func(context.Context, []string) error{"floor": serveFloor, "pocketbase": servePocketBase}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// now is the clock of this program.
func now() time.Time { return time.Now() }

func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return errors.New("say what to measure: postgres, search or serve")
	}
	work := scenarios[args[0]]
	if work == nil {
		work = rivalServers[args[0]]
	}
	if work == nil {
		return fmt.Errorf("there is no %s: say postgres, search or serve", args[0])
	}
	err := work(ctx, args[1:])
	switch {
	case errors.Is(err, flag.ErrHelp):
		return nil
	case err != nil && ctx.Err() != nil: // what failed, failed because of that
		return errors.New("stopped")
	}
	return err
}

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
)

// scenarios are what can be measured: go run ./bench search.
var scenarios = map[string]func(context.Context, []string) error{"search": benchSearch}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 || scenarios[args[0]] == nil {
		return errors.New("say what to measure: search")
	}
	err := scenarios[args[0]](ctx, args[1:])
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	return err
}

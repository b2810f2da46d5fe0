package main

import (
	"context"
	"flag"

	"sessionhub/bench/rivals"
)

// serveFloor is the process of the floor.
func serveFloor(ctx context.Context, args []string) error {
	var o rivals.FloorOptions
	flags := flag.NewFlagSet("floor", flag.ContinueOnError)
	flags.StringVar(&o.Addr, "addr", "127.0.0.1:0", "where to listen")
	flags.IntVar(&o.Create, "create", 0, "bytes of the answer to a POST of a session")
	flags.IntVar(&o.Append, "append", 0, "bytes of the answer to a POST of messages")
	flags.IntVar(&o.Get, "get", 0, "bytes of the answer to a GET")
	flags.IntVar(&o.Delete, "delete", 0, "bytes of the answer to a DELETE")
	if err := flags.Parse(args); err != nil {
		return err
	}
	return rivals.ServeFloor(ctx, o)
}

// servePocketBase is a process of PocketBase.
func servePocketBase(ctx context.Context, args []string) error {
	var o rivals.PocketBaseOptions
	flags := flag.NewFlagSet("pocketbase", flag.ContinueOnError)
	flags.StringVar(&o.Addr, "addr", "127.0.0.1:0", "where to listen")
	flags.StringVar(&o.Dir, "dir", "", "where it keeps its data")
	flags.BoolVar(&o.Durable, "durable", false, "have a write on disk before it is answered")
	if err := flags.Parse(args); err != nil {
		return err
	}
	return rivals.ServePocketBase(ctx, o)
}

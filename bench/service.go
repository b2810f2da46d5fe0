package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"sessionhub/bench/load"
)

// service is sessionhub on a database, with its default settings.
type service struct {
	*process
	env []string
}

// startService starts the program on a database with that name in the directory, which is made
// where there is none; its request log goes to a file there.
func startService(ctx context.Context, program, dir, name string, env ...string) (*service, error) {
	env = append([]string{"SESSIONHUB_DATABASE_URL=sqlite://" + filepath.Join(dir, name+".db")}, env...)
	p, err := start(ctx, launch{
		name: name, program: program, args: []string{"serve"}, env: env, addrVariable: "SESSIONHUB_ADDR", dir: dir, health: "/healthz",
	})
	if err != nil {
		return nil, err
	}
	return &service{process: p, env: env}, nil
}

// tenant makes a tenant while the service runs, and returns the headers of its requests.
func (s *service) tenant(ctx context.Context, flags ...string) ([]string, error) {
	cmd := exec.CommandContext(ctx, s.cmd.Path, append([]string{"tenant", "create", "--json"}, flags...)...) //nolint:gosec // the program that is measured
	cmd.Env, cmd.Stderr = s.env, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("make a tenant: %w", err)
	}
	var made struct{ DatabaseIDHash, APIKey string }
	if err := json.Unmarshal(out, &made); err != nil {
		return nil, err
	}
	return []string{"Authorization: Bearer " + made.APIKey, "database-id-hash: " + made.DatabaseIDHash}, nil
}

// answerSizes are how long the service's answers are, for the floor.
func answerSizes(ctx context.Context, w web) (map[operation]int, error) {
	sizes := map[operation]int{}
	for _, op := range []operation{create, get, add, remove} {
		body, err := w.probe(ctx, op, load.NewID(0, 0))
		if err != nil {
			return nil, err
		}
		sizes[op] = len(body)
	}
	return sizes, nil
}

package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"sessionhub/bench/load"
)

const (
	startPatience = 2 * time.Minute // a large database on a slow disk
	startStep     = time.Millisecond
	stopPatience  = 30 * time.Second
)

// launch says how a server is started.
type launch struct {
	name    string // of the file that gets what it prints, its request log too
	program string
	args    []string // to which "-addr host:port" is added, unless addrVariable is set
	env     []string // all of it: the settings of who runs this do not matter
	// addrVariable names the variable of the environment that gets host:port.
	addrVariable string
	dir          string // for that file
	health       string // the path that answers 200 once it serves
}

// process is a server that runs.
type process struct {
	addr   string
	cmd    *exec.Cmd
	ended  chan struct{} // closed once it has, and failed says why
	failed error
	output *os.File
	took   time.Duration // from its start to the first 200
}

// start starts a server and waits until it serves. It ends when ctx does, or with stop.
func start(ctx context.Context, l launch) (*process, error) {
	addr, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	p := &process{addr: addr, ended: make(chan struct{})}
	args, env := l.args, l.env
	if l.addrVariable != "" {
		env = append([]string{l.addrVariable + "=" + addr}, env...)
	} else {
		args = append(append([]string{}, args...), "-addr", addr)
	}
	p.cmd = exec.CommandContext(ctx, l.program, args...) //nolint:gosec // the programs that are measured
	p.cmd.Env = env
	p.cmd.Cancel = func() error { return p.cmd.Process.Signal(syscall.SIGTERM) }
	p.cmd.WaitDelay = stopPatience
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is for this program, which stops the others
	if p.output, err = os.Create(filepath.Join(l.dir, l.name+".log")); err != nil {
		return nil, err
	}
	p.cmd.Stdout, p.cmd.Stderr = p.output, p.output
	began := now()
	if err := p.cmd.Start(); err != nil {
		return nil, errors.Join(err, p.output.Close())
	}
	go func() { p.failed = p.cmd.Wait(); close(p.ended) }()
	if err := p.awaitHealth(ctx, l.health); err != nil {
		said, _ := os.ReadFile(p.output.Name())
		return nil, errors.Join(fmt.Errorf("start %s: %w\n%s", l.name, err, said), p.stop())
	}
	p.took = now().Sub(began)
	return p, nil
}

// freeAddress is one that nobody listens at now.
func freeAddress(ctx context.Context) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

func (p *process) awaitHealth(ctx context.Context, path string) error {
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	ask := load.Request{Method: "GET", Path: path}.Render(p.addr).With(load.ID{})
	for {
		if client, err := load.Dial(ctx, p.addr, now); err == nil {
			answer, err := client.Ask(ask, nil)
			if err = errors.Join(err, client.Close()); err == nil && load.IsGood(answer.Status) {
				return nil
			}
		}
		select {
		case <-p.ended:
			return errors.Join(errors.New("it ended"), p.failed)
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(startStep):
		}
	}
}

func (p *process) pid() int { return p.cmd.Process.Pid }

// stop has the process end, and waits for it. Whoever was told to end by a signal has done well.
func (p *process) stop() error {
	err := p.cmd.Process.Signal(syscall.SIGTERM)
	if errors.Is(err, os.ErrProcessDone) {
		err = nil
	}
	select {
	case <-p.ended:
	case <-time.After(stopPatience):
		err = errors.Join(fmt.Errorf("%s did not end when it was told to", p.cmd.Path), p.cmd.Process.Kill())
		<-p.ended
	}
	return errors.Join(err, p.output.Close())
}

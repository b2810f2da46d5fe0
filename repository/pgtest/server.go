package pgtest

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"syscall"
	"time"
)

const (
	stopPatience = 10 * time.Second // then it is killed
	killPatience = 10 * time.Second // for what ends in milliseconds
	killStep     = time.Millisecond
)

// process is what is asked about a process: its parent, and its state as ps prints it.
type process struct {
	parent int
	state  byte
}

// States of a process, see ps(1).
const (
	stateStopped = 'T'
	stateDead    = 'Z' // nobody has asked yet how it ended
)

// server is a postmaster that was started.
type server struct {
	cmd    *exec.Cmd
	ended  chan struct{} // closed once it has, and failed says how
	failed error
}

func startServer(cmd *exec.Cmd) (*server, error) {
	s := &server{cmd: cmd, ended: make(chan struct{})}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go func() { s.failed = cmd.Wait(); close(s.ended) }()
	return s, nil
}

func (s *server) pid() int { return s.cmd.Process.Pid }

// stop has the server end what it does and write all it has. One that waits for a standby
// may take longer than anybody wants, so that it is killed after a time.
func (s *server) stop() error {
	if err := s.signal(syscall.SIGINT); err != nil {
		return err
	}
	select {
	case <-s.ended:
		return nil
	case <-time.After(stopPatience):
		return s.kill()
	}
}

// kill ends the server and all its children at once. The children are no process group, since
// each makes one of its own. So the postmaster is stopped first: then it starts no more of
// them, and those that were killed stay its children.
func (s *server) kill() error {
	if err := s.signal(syscall.SIGSTOP); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), killPatience)
	defer cancel()
	err := s.killChildren(ctx)
	err = errors.Join(err, s.signal(syscall.SIGKILL))
	<-s.ended
	return err
}

// killChildren returns when the postmaster has stopped and no child of it runs.
func (s *server) killChildren(ctx context.Context) error {
	for {
		all, err := processes(ctx)
		if err != nil {
			return err
		}
		done := all[s.pid()].state == stateStopped
		for pid, p := range all {
			if p.parent != s.pid() || p.state == stateDead {
				continue
			}
			done = false
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
				return err
			}
		}
		if done {
			return nil
		}
		select {
		case <-s.ended: // by itself, and its children see to it that they do too
			return nil
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(killStep):
		}
	}
}

// signal does nothing where the server has ended.
func (s *server) signal(which os.Signal) error {
	err := s.cmd.Process.Signal(which)
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return err
}

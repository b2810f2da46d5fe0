package pgtest

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"syscall"
)

//go:embed keeper.sh
var keeperScript string

// keeper removes the directory of a cluster when it is told to or when this process ends,
// however it ends. The signal that Linux can send at a parent's end would do less: it comes
// when a thread ends, and removes nothing.
type keeper struct {
	cmd    *exec.Cmd
	input  io.WriteCloser
	errors bytes.Buffer
}

func startKeeper(ctx context.Context, dir string) (*keeper, error) {
	k := &keeper{}
	k.cmd = exec.CommandContext(context.WithoutCancel(ctx), "sh", "-c", keeperScript, "sh", dir) //nolint:gosec // a directory that was just made
	k.cmd.Stderr = &k.errors
	k.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C ends this process, not the keeper
	var err error
	if k.input, err = k.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	return k, k.cmd.Start()
}

// watch tells the keeper which process to end: 0 for none.
func (k *keeper) watch(pid int) error {
	line := "\n"
	if pid != 0 {
		line = strconv.Itoa(pid) + line
	}
	_, err := io.WriteString(k.input, line)
	return err
}

// release has the keeper do its work, and waits for its end.
func (k *keeper) release() error {
	err := k.input.Close()
	if failed := k.cmd.Wait(); failed != nil {
		err = errors.Join(err, fmt.Errorf("clear up: %w\n%s", failed, k.errors.Bytes()))
	}
	return err
}

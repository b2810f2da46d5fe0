package pgtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	startPatience = time.Minute // a machine that is busy with other tests
	pollStep      = 10 * time.Millisecond
	tailLines     = 20 // of the server's log, in an error
)

// command is a program of PostgreSQL, about to be called. It sees no variable of the
// environment: PGHOST and the like lead elsewhere, and messages are to be English.
func (c *Cluster) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(c.programs, name), args...) //nolint:gosec // the programs of PostgreSQL
	cmd.Env, cmd.Dir = []string{"LC_ALL=C"}, c.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c.account, Setpgid: true} // Ctrl-C is for this process, which ends the others
	return cmd
}

// run calls a program and waits for its end.
func (c *Cluster) run(ctx context.Context, name string, args ...string) error {
	if out, err := c.command(ctx, name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", name, err, out)
	}
	return nil
}

// query has psql run statements, see Exec.
func (c *Cluster) query(ctx context.Context, database, sql string) (string, error) {
	cmd := c.command(ctx, "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", c.URL(database))
	cmd.Stdin = strings.NewReader(sql)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("psql: %w\n%s", errors.Join(err, ctx.Err()), stderr.Bytes())
	}
	return strings.TrimSuffix(stdout.String(), "\n"), nil
}

// start starts the server and waits until it can be asked.
func (c *Cluster) start(ctx context.Context) error {
	log, err := os.OpenFile(c.log(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := c.command(context.WithoutCancel(ctx), "postgres", c.arguments()...)
	cmd.Stdout, cmd.Stderr = log, log
	if c.server, err = startServer(cmd); err != nil {
		return err
	}
	if err := c.keeper.watch(c.server.pid()); err != nil {
		return err
	}
	return c.awaitAnswer(ctx)
}

func (c *Cluster) log() string { return filepath.Join(c.dir, "log") }

func (c *Cluster) arguments() []string {
	addresses := ""
	if c.options.TCP {
		addresses = localhost
	}
	args := []string{"-D", c.data(), "-k", c.dir, "-p", strconv.Itoa(c.port), "-c", "listen_addresses=" + addresses}
	if c.follows != "" {
		args = append(args, "-c", "primary_conninfo="+c.follows)
	}
	return append(args, c.options.flags()...)
}

// writeDefaults adds to the file that initdb or the primary made; there the last line wins.
func (c *Cluster) writeDefaults() error {
	file, err := os.OpenFile(filepath.Join(c.data(), "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = file.WriteString(c.options.defaults())
	return errors.Join(err, file.Close())
}

// awaitAnswer asks until there is an answer.
func (c *Cluster) awaitAnswer(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	for {
		_, err := c.query(ctx, maintenance, "SELECT 1")
		if err == nil {
			return nil
		}
		select {
		case <-c.server.ended:
			return fmt.Errorf("postgres ended: %w; the end of its log:\n%s", c.server.failed, c.tail())
		case <-ctx.Done():
			return fmt.Errorf("postgres does not answer: %w; the end of its log:\n%s", err, c.tail())
		case <-time.After(pollStep):
		}
	}
}

// tail is the end of the server's log.
func (c *Cluster) tail() string {
	text, err := os.ReadFile(c.log())
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return strings.Join(lines[max(0, len(lines)-tailLines):], "\n")
}

// sharedMemoryLine is the line of postmaster.pid that has the key and the id of the segment
// that tells other servers that the directory is taken.
const sharedMemoryLine = 7

// removeSharedMemory does what the server does at its end and a power cut does too. Without
// ipcrm a few bytes stay, which are nobody's business.
func (c *Cluster) removeSharedMemory() {
	text, err := os.ReadFile(filepath.Join(c.data(), "postmaster.pid"))
	lines := strings.Split(string(text), "\n")
	if err != nil || len(lines) < sharedMemoryLine {
		return
	}
	if fields := strings.Fields(lines[sharedMemoryLine-1]); len(fields) == 2 {
		_ = exec.CommandContext(context.Background(), "ipcrm", "-m", fields[1]).Run() //nolint:gosec // a number of PostgreSQL's
	}
}

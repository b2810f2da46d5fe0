package pgtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// Standby makes a copy of the cluster that follows it and can be read, and waits until what
// is written here streams there. Its name is Options.Name. What ALTER SYSTEM set here does not
// hold there, so that a standby that is promoted waits for no other.
func (c *Cluster) Standby(ctx context.Context, o Options) (*Cluster, error) {
	s, err := newCluster(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("pgtest: %w", err)
	}
	s.follows = fmt.Sprintf("host='%s' port=%d user=%s application_name=%s", c.dir, c.port, User, o.name())
	// -R makes the file that tells a server to be a standby. It also writes whom to follow where
	// ALTER SYSTEM writes, and that file is emptied: the command line says it instead.
	err = s.run(ctx, "pg_basebackup", "-D", s.data(), "-d", s.follows, "-R", "-X", "stream", "-c", "fast", "--no-sync")
	if err == nil {
		err = os.Truncate(filepath.Join(s.data(), "postgresql.auto.conf"), 0)
	}
	if err == nil {
		err = s.writeDefaults()
	}
	if err == nil {
		err = s.start(ctx)
	}
	if err == nil {
		err = c.await(ctx, "SELECT count(*) > 0 FROM pg_stat_replication WHERE state = 'streaming' AND application_name = '"+o.name()+"'")
	}
	return s.orGone(err)
}

// SetSynchronous has every commit from now on wait until the standby of this name shows it to
// readers. An empty name ends that. The standby has to be there. Options.Settings must not
// hold synchronous_commit or synchronous_standby_names, which would win.
func (c *Cluster) SetSynchronous(ctx context.Context, name string) error {
	set := "ALTER SYSTEM SET synchronous_commit = remote_apply;\nALTER SYSTEM SET synchronous_standby_names = '" + name + "';\n"
	is := "SELECT count(*) > 0 FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum') AND application_name = '" + name + "'"
	if name == "" {
		set = "ALTER SYSTEM RESET synchronous_commit;\nALTER SYSTEM RESET synchronous_standby_names;\n"
		is = "SELECT current_setting('synchronous_standby_names') = ''"
	}
	_, err := c.query(ctx, maintenance, set+"SELECT pg_reload_conf();")
	if err == nil {
		err = c.await(ctx, is)
	}
	if err == nil {
		// The checkpointer tells the others whether commits wait. It reads its settings before
		// it does what it was asked for.
		_, err = c.query(ctx, maintenance, "CHECKPOINT")
	}
	if err != nil {
		return fmt.Errorf("pgtest: set synchronous: %w", err)
	}
	return nil
}

var errNotPromoted = errors.New("the standby is still one")

// Promote makes a standby a primary, and returns when it takes writes.
func (c *Cluster) Promote(ctx context.Context) error {
	answer, err := c.query(ctx, maintenance, "SELECT pg_promote()")
	if err == nil && answer != "t" {
		err = errNotPromoted
	}
	if err != nil {
		return fmt.Errorf("pgtest: promote: %w", err)
	}
	return nil
}

// await asks again, in a new connection each time, until the answer is true.
func (c *Cluster) await(ctx context.Context, question string) error {
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	for {
		if answer, err := c.query(ctx, maintenance, question); err != nil || answer == "t" {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: %w", question, ctx.Err())
		case <-time.After(pollStep):
		}
	}
}

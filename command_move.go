package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sessionhub/config"
	"sessionhub/repository"
)

// moveStatement is more than counting the revisions of any number of sessions takes.
const moveStatement = time.Hour

func (p *program) moveCommand() *cobra.Command {
	var from, to string
	cmd := &cobra.Command{
		Use: "move --from URL --to URL", Short: "Move everything into another database, from SQLite to PostgreSQL or back", Args: cobra.NoArgs,
		Long: `Copy everything from one database into another, which has to be empty: from SQLite to
PostgreSQL, back, or between two of a kind. Then both are read side by side, and every
column of every row is compared. Until that went well the service refuses the new one.
The exit code is 1 when the two differ.

Stop the service first: the old database is locked meanwhile, and stays as it is. A move
that was interrupted goes on where it was when it is called again.

Both are named as in SESSIONHUB_DATABASE_URL. A password need not be part of the command
line: PGPASSWORD and ~/.pgpass are read.

What is sealed stays as it is, so no key is needed for this. Whatever uses the new
database needs the master key of the old one: the file master.key beside an SQLite
database, or in ./data for PostgreSQL, or what SESSIONHUB_MASTER_KEY or
SESSIONHUB_MASTER_KEY_FILE gave.`,
	}
	cmd.Flags().StringVar(&from, "from", "", "the database that there is (required)")
	cmd.Flags().StringVar(&to, "to", "", "the empty database (required)")
	p.jsonFlag(cmd)
	for _, name := range []string{"from", "to"} {
		if err := cmd.MarkFlagRequired(name); err != nil {
			panic(err) // there is no such flag
		}
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		source, target, err := twoDatabases(from, to)
		if err != nil {
			return usage(cmd, err)
		}
		return p.move(cmd.Context(), source, target)
	}
	return cmd
}

// twoDatabases are the two that a person has named.
func twoDatabases(from, to string) (source, target config.Config, err error) {
	source, err = config.Database(from)
	if err != nil {
		return source, target, fmt.Errorf("--from %w", err)
	}
	target, err = config.Database(to)
	if err != nil {
		return source, target, fmt.Errorf("--to %w", err)
	}
	same := source.DatabaseURL == target.DatabaseURL
	if a, err := os.Stat(source.DatabasePath()); err == nil {
		b, err := os.Stat(target.DatabasePath())
		same = same || err == nil && os.SameFile(a, b)
	}
	if same {
		err = errors.New("--from and --to name the same database")
	}
	return source, target, err
}

func (p *program) move(ctx context.Context, source, target config.Config) error {
	from, err := p.openSource(ctx, source)
	if err != nil {
		return fmt.Errorf("--from %s: %w", source.DatabaseName(), err)
	}
	to, err := p.openTarget(ctx, target)
	if err != nil {
		return errors.Join(fmt.Errorf("--to %s: %w", target.DatabaseName(), err), from.Close())
	}
	report, err := repository.Move(ctx, from, to, p.moveProgress())
	err = errors.Join(p.moved(ctx, report, source, target, err), from.Close())
	return errors.Join(err, to.Close())
}

// openSource makes nothing: its path may have been mistyped.
func (p *program) openSource(ctx context.Context, source config.Config) (*repository.Store, error) {
	if _, err := os.Stat(source.DatabasePath()); source.PostgresURL() == "" && err != nil {
		return nil, fmt.Errorf("there is no database: %w", err)
	}
	store, err := repository.Open(ctx, p.moveOptions(source))
	if err != nil {
		return nil, err
	}
	if err := wasUsed(ctx, store); err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return store, nil
}

func wasUsed(ctx context.Context, source *repository.Store) error {
	err := source.Ping(ctx)
	if errors.Is(err, repository.ErrSchema) {
		err = fmt.Errorf("%w\nsessionhub migrate brings it up to date, with SESSIONHUB_DATABASE_URL naming it; one at step 0 is empty", err)
	}
	if err != nil {
		return err
	}
	has, err := source.HasMasterKey(ctx)
	if err == nil && !has {
		err = errors.New("the database was never used: there is nothing to move")
	}
	return err
}

func (p *program) openTarget(ctx context.Context, target config.Config) (*repository.Store, error) {
	if path := target.DatabasePath(); path != "" {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return nil, fmt.Errorf("make its directory: %w", err)
		}
	}
	store, err := repository.Open(ctx, p.moveOptions(target))
	if err != nil {
		return nil, err
	}
	if _, _, err := store.Migrate(ctx); err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return store, nil
}

func (p *program) moveOptions(c config.Config) repository.Options {
	return repository.Options{Path: c.DatabasePath(), URL: c.PostgresURL(), Now: p.now, Connections: 4, StatementTimeout: moveStatement}
}

// moved prints what became of a move, and returns an error that says what to do where it failed.
func (p *program) moved(ctx context.Context, r repository.MoveReport, source, target config.Config, err error) error {
	switch {
	case errors.Is(err, repository.ErrDiffers):
		err = fmt.Errorf("%w in %d rows, so the service refuses the new one: remove that (an SQLite file with its -wal and -shm, a PostgreSQL schema or database), make it anew and move again",
			err, r.Differences)
		return errors.Join(p.print(newMoveResponse(r), strings.Join(r.Details, "\n")+"\n"), err)
	case ctx.Err() != nil:
		return errors.New("interrupted; what was copied stays where it is, and the same call goes on from there")
	case errors.Is(err, repository.ErrOccupied):
		return fmt.Errorf("--to %s: %w\nIt has to be a file that is not there yet, or a PostgreSQL database that nobody has used", target.DatabaseName(), err)
	case err != nil:
		return err
	}
	return p.print(newMoveResponse(r), movedText(r, source, target))
}

func movedText(r repository.MoveReport, source, target config.Config) string {
	return fmt.Sprintf(`Moved %d rows of %d tables from %s
to %s; every one is the same in both.

Now let every process use the new database, and only that one:
  SESSIONHUB_DATABASE_URL has to name it. What still uses the old one would write there.
  %s
  sessionhub check then says whether everything opens.
The old database was not changed. Keep it until you are sure, as a backup.
`, rowsOf(r), len(r.Tables), source.DatabaseName(), target.DatabaseName(), keyText(source.MasterKeyPath(), target.MasterKeyPath()))
}

// keyText says where the master key belongs.
func keyText(from, to string) string {
	if from == to {
		return "The master key is the same: " + from + ", or what SESSIONHUB_MASTER_KEY or its _FILE gives."
	}
	return "The master key has to go along: copy " + from + " to " + to + ",\n  or give the same SESSIONHUB_MASTER_KEY or its _FILE."
}

func rowsOf(r repository.MoveReport) (rows int64) {
	for _, table := range r.Tables {
		rows += table.Rows
	}
	return rows
}

type moveResponse struct {
	OK          bool            `json:"ok"`
	Resumed     bool            `json:"resumed"` // an earlier call has begun
	Rows        int64           `json:"rows"`
	Differences int             `json:"differences"`
	Details     []string        `json:"details"` // the first of the differences
	Tables      []tableResponse `json:"tables"`
}

type tableResponse struct {
	Name string `json:"name"`
	Rows int64  `json:"rows"`
}

func newMoveResponse(r repository.MoveReport) moveResponse {
	response := moveResponse{
		OK: r.Differences == 0, Resumed: r.Resumed, Rows: rowsOf(r), Differences: r.Differences, Details: append([]string{}, r.Details...),
	}
	for _, table := range r.Tables {
		response.Tables = append(response.Tables, tableResponse{Name: table.Name, Rows: table.Rows})
	}
	return response
}

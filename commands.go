package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"sessionhub/config"
	"sessionhub/models"
	"sessionhub/repository"
)

// program is what the commands share.
type program struct {
	world
	json    bool
	running bool // whether the command got as far as its work
}

func (p *program) commands() *cobra.Command {
	root := &cobra.Command{
		Use:   "sessionhub",
		Short: "Keep the sessions of AI agents, and give the agents tools",
		Long: `sessionhub keeps the conversation sessions of AI agents, and lets the agents use
tools on behalf of their users: an HTTP service with an embedded database, where
names, e-mail addresses, messages and credentials are encrypted.

Without a command it serves. Settings come from the environment (SESSIONHUB_ADDR,
SESSIONHUB_DATABASE_URL, ...); .env.example lists them all. Commands may be used
while the server runs.

Exit codes: 0 done, 1 failed, 2 called in a wrong way.`,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return p.serve(cmd.Context()) },
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetIn(p.stdin)
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(p.serveCommand(), p.tenantCommand(), p.keyCommand(), p.toolCommand(), p.migrateCommand(), p.moveCommand(), p.checkCommand(), p.versionCommand())
	root.SetHelpCommand(helpCommand(root))
	p.noteRunning(root)
	return root
}

// helpCommand is cobra's, but fails for a command that there is not.
func helpCommand(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use: "help [command]", Short: "Help about any command",
		RunE: func(_ *cobra.Command, args []string) error {
			cmd, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 {
				return usage(root, fmt.Errorf("unknown command %q", strings.Join(args, " ")))
			}
			return cmd.Help()
		},
	}
}

// noteRunning makes every command note that it was called properly, so that what fails before
// that is known for a wrong call.
func (p *program) noteRunning(cmd *cobra.Command) {
	work := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		p.running = true
		return work(cmd, args)
	}
	for _, sub := range cmd.Commands() {
		p.noteRunning(sub)
	}
}

// usage marks a wrong call and says where to read on.
func usage(cmd *cobra.Command, err error) error {
	return usageError{fmt.Errorf("%w\nSee: %s --help", err, cmd.CommandPath())}
}

// group makes a command that only holds others.
func group(use, short string, subcommands ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use: use, Short: short, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return usage(cmd, fmt.Errorf("%s needs a command: %s", cmd.CommandPath(), names(cmd.Commands())))
		},
	}
	cmd.AddCommand(subcommands...)
	return cmd
}

func names(commands []*cobra.Command) string {
	list := make([]string, len(commands))
	for i, c := range commands {
		list[i] = c.Name()
	}
	return strings.Join(list, ", ")
}

func (p *program) serveCommand() *cobra.Command {
	return &cobra.Command{
		Use: "serve", Short: "Serve HTTP until told to stop; also what plain sessionhub does", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.serve(cmd.Context()) },
	}
}

func (p *program) versionCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "version", Short: "Print the version", Args: cobra.NoArgs}
	p.jsonFlag(cmd)
	cmd.RunE = func(*cobra.Command, []string) error {
		v := map[string]string{"version": version, "go": runtime.Version(), "platform": runtime.GOOS + "/" + runtime.GOARCH}
		return p.print(v, fmt.Sprintf("sessionhub %s (%s, %s)\n", version, v["go"], v["platform"]))
	}
	return cmd
}

func (p *program) jsonFlag(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&p.json, "json", false, "print JSON, for scripts")
}

// print writes a result: as JSON where that was asked for.
func (p *program) print(result any, text string) error {
	if !p.json {
		_, err := fmt.Fprint(p.stdout, text)
		return err
	}
	encoder := json.NewEncoder(p.stdout)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(result)
}

// config reads the settings and warns of names that are none.
func (p *program) config() (config.Config, error) {
	cfg, warnings, err := config.Load(p.environ)
	for _, warning := range warnings {
		_, _ = fmt.Fprintln(p.stderr, "sessionhub: warning:", warning)
	}
	if err != nil {
		return cfg, fmt.Errorf("the configuration has mistakes:\n%w", err)
	}
	return cfg, nil
}

// withStore runs fn on the unlocked store, for commands that do their work and end. A database
// that is not there is not made: its path may have been mistyped.
func (p *program) withStore(ctx context.Context, fn func(*repository.Store) error) error {
	cfg, err := p.config()
	if err != nil {
		return err
	}
	if _, err := os.Stat(cfg.DatabasePath()); cfg.PostgresURL() == "" && err != nil {
		return fmt.Errorf("there is no database: %w\nSESSIONHUB_DATABASE_URL says where it is; sessionhub serve and sessionhub tenant create make one", err)
	}
	options := p.options(cfg, nil)
	options.SearchCache = 0
	store, err := openDatabase(ctx, cfg, options)
	if err != nil {
		return err
	}
	if err := unlockExisting(ctx, cfg, store); err != nil {
		return errors.Join(err, store.Close())
	}
	return errors.Join(fn(store), store.Close())
}

// unlockExisting unlocks a database that is in use, and changes nothing of one that is not.
func unlockExisting(ctx context.Context, cfg config.Config, store *repository.Store) error {
	err := store.Ping(ctx)
	if errors.Is(err, repository.ErrSchema) {
		err = fmt.Errorf("%w\nsessionhub migrate brings it up to date; one at step 0 is empty", err)
	}
	if err != nil {
		return err
	}
	has, err := store.HasMasterKey(ctx)
	if err == nil && !has {
		err = errors.New("the database was never used; sessionhub serve or sessionhub tenant create begins it")
	}
	if err != nil {
		return err
	}
	return unlock(ctx, cfg, store, slog.New(slog.DiscardHandler))
}

// withNewStore is withStore for a database that need not be there yet.
func (p *program) withNewStore(ctx context.Context, cfg config.Config, fn func(*repository.Store) error) error {
	store, err := p.open(ctx, cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	return errors.Join(fn(store), store.Close())
}

// withTenant is withStore for commands about one tenant.
func (p *program) withTenant(ctx context.Context, databaseIDHash string, fn func(*repository.Store, models.Tenant) error) error {
	return p.withStore(ctx, func(store *repository.Store) error {
		tenant, err := store.Tenants.Get(ctx, strings.ToLower(databaseIDHash))
		if errors.Is(err, repository.ErrNotFound) {
			return fmt.Errorf("there is no tenant %q; sessionhub tenant list shows those there are", databaseIDHash)
		}
		if err != nil {
			return err
		}
		return fn(store, tenant)
	})
}

// actor is the command line, as the audit log knows it.
func actor(t models.Tenant) models.Actor {
	return models.Actor{TenantID: t.ID, DatabaseIDHash: t.DatabaseIDHash, UserAgent: "sessionhub/" + version + " (command line)"}
}

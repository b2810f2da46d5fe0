package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/spf13/cobra"

	"sessionhub/config"
	"sessionhub/repository"
)

func (p *program) migrateCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "migrate", Short: "Bring the database's schema up to date; serve does so too", Args: cobra.NoArgs,
		Long: `Bring the schema of the database up to date. serve does so too when it starts; of
processes that start together one does it, and the others wait.

With --print nothing is changed: the SQL of every step is shown for the kind of
database that SESSIONHUB_DATABASE_URL names. For PostgreSQL it ends with the calls
that distribute the tables on Citus, as comments.`,
	}
	p.jsonFlag(cmd)
	show := cmd.Flags().Bool("print", false, "show the SQL, and change nothing")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		cfg, err := p.config()
		if err != nil {
			return err
		}
		if *show {
			return p.printSchema(cmd.Context(), cfg)
		}
		store, steps, err := p.openMigrated(cmd.Context(), cfg, slog.New(slog.DiscardHandler))
		if err != nil {
			return err
		}
		text := fmt.Sprintf("The schema is at step %d; it was at step %d.\n", steps.To, steps.From)
		return errors.Join(p.print(steps, text), store.Close())
	}
	return cmd
}

// schemaResponse is what migrate --print prints.
type schemaResponse struct {
	Steps []schemaStepResponse `json:"steps"`
}

type schemaStepResponse struct {
	Number int    `json:"number"`
	Name   string `json:"name"`
	SQL    string `json:"sql"`
}

func (p *program) printSchema(ctx context.Context, cfg config.Config) error {
	steps, err := repository.SchemaSQL(ctx, cfg.PostgresURL() != "")
	if err != nil {
		return err
	}
	var answer schemaResponse
	var text strings.Builder
	for _, s := range steps {
		answer.Steps = append(answer.Steps, schemaStepResponse(s))
		fmt.Fprintf(&text, "-- Step %d: %s\n%s\n", s.Number, s.Name, s.SQL)
	}
	return p.print(answer, text.String())
}

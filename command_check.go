package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"sessionhub/repository"
)

func (p *program) checkCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "check", Short: "Check the database: its file, every sealed field, counts and the audit log", Args: cobra.NoArgs,
		Long: `Check the database: that the file is whole, that every sealed field opens, that no
message is missing or left over, and that every deleted session has its audit entry.
Nothing is repaired. The exit code is 1 when something is wrong.`,
	}
	p.jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return p.withStore(cmd.Context(), func(store *repository.Store) error {
			report, err := store.Check(cmd.Context(), p.progress())
			if err != nil {
				return err
			}
			if err := p.print(newCheckResponse(report), checkText(report)); err != nil {
				return err
			}
			if report.Problems > 0 {
				return fmt.Errorf("the database has %d problems", report.Problems)
			}
			return nil
		})
	}
	return cmd
}

type checkResponse struct {
	OK           bool     `json:"ok"`
	Tenants      int      `json:"tenants"`
	Sessions     int64    `json:"sessions"`
	Messages     int64    `json:"messages"`
	AuditEntries int64    `json:"auditEntries"`
	Connections  int64    `json:"connections"`
	Problems     int      `json:"problems"`
	Details      []string `json:"details"` // the first of the problems
}

func newCheckResponse(r repository.Report) checkResponse {
	return checkResponse{
		OK: r.Problems == 0, Tenants: r.Tenants, Sessions: r.Sessions, Messages: r.Messages,
		AuditEntries: r.AuditEntries, Connections: r.Connections, Problems: r.Problems, Details: append([]string{}, r.Details...),
	}
}

func checkText(r repository.Report) string {
	var b strings.Builder
	for _, detail := range r.Details {
		fmt.Fprintln(&b, detail)
	}
	if more := r.Problems - len(r.Details); more > 0 {
		fmt.Fprintf(&b, "and %d more\n", more)
	}
	fmt.Fprintf(&b, "Checked %d tenants, %d sessions, %d messages, %d audit entries, %d connections: ",
		r.Tenants, r.Sessions, r.Messages, r.AuditEntries, r.Connections)
	if r.Problems == 0 {
		b.WriteString("nothing is wrong.\n")
	} else {
		fmt.Fprintf(&b, "%d problems.\n", r.Problems)
	}
	return b.String()
}

// progress tells a person at a terminal how far the check is.
func (p *program) progress() func(repository.Report) {
	if f, ok := p.stderr.(*os.File); !ok || !isTerminal(f) {
		return func(repository.Report) {}
	}
	return func(r repository.Report) {
		_, _ = fmt.Fprintf(p.stderr, "\r%d sessions, %d messages, %d audit entries, %d problems", r.Sessions, r.Messages, r.AuditEntries, r.Problems)
		if r.Done {
			_, _ = fmt.Fprintln(p.stderr)
		}
	}
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

package main

import (
	"bufio"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"sessionhub/config"
	"sessionhub/hub"
	"sessionhub/models"
	"sessionhub/repository"
)

func (p *program) toolConnectCommand() *cobra.Command {
	var tenant, way string
	var link bool
	cmd := &cobra.Command{
		Use: "connect NAME", Short: "Connect the tenant's own account to a tool that was added with --credentials tenant", Args: cobra.ExactArgs(1),
		Long: `Connect the tenant's own account to a tool that was added with --credentials tenant.
What the tool needs is asked for, or read from the input, a line for each: it is never
part of the command line. For a sign-in at a provider (OAuth 2.0) a link is printed,
which works for 15 minutes in a browser that reaches the running service.`,
	}
	tenantFlag(cmd, &tenant)
	cmd.Flags().StringVar(&way, "way", "", "the security scheme to use, where the tool has several")
	cmd.Flags().BoolVar(&link, "link", false, "print a link to the page instead of asking here")
	p.jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, given []string) error {
		return p.withTool(cmd, tenant, given[0], func(store *repository.Store, t models.Tenant, tool *models.Tool) error {
			if tool.Credentials != models.OwnerTenant {
				return fmt.Errorf("every user connects an account of their own to %s; add it with --credentials tenant to have one for all", tool.Name)
			}
			chosen, err := chooseWay(tool, way)
			if err != nil {
				return err
			}
			if !link && !signsIn(tool, chosen) {
				return p.connect(cmd, store, t, tool, chosen)
			}
			return p.printLink(cmd, store, t)
		})
	}
	return cmd
}

// chooseWay returns the way with this name, or else the usual one.
func chooseWay(t *models.Tool, name string) (models.Requirement, error) {
	ways := t.Ways()
	names := make([]string, len(ways))
	for i, way := range ways {
		names[i] = strings.Join(way, "+")
		if name == "" || name == names[i] {
			return way, nil
		}
	}
	if len(ways) == 0 {
		return nil, fmt.Errorf("%s needs no account", t.Name)
	}
	return nil, fmt.Errorf("%s cannot be connected with %q; it can with %s", t.Name, name, strings.Join(names, ", "))
}

// signsIn says whether the way leads to a provider, which takes a browser.
func signsIn(t *models.Tool, way models.Requirement) bool {
	return slices.ContainsFunc(way, func(name string) bool {
		s := t.Scheme(name)
		return s != nil && s.Kind == models.SchemeAuthorizationCode
	})
}

func (p *program) connect(cmd *cobra.Command, store *repository.Store, t models.Tenant, tool *models.Tool, way models.Requirement) error {
	cfg, err := p.config()
	if err != nil {
		return err
	}
	values := make(map[string]string)
	input := bufio.NewReader(p.stdin)
	for _, e := range hub.Entries(tool, way) {
		if values[e.Name], err = p.ask(input, e); err != nil {
			return err
		}
	}
	h := newHub(store, hubClient(cfg), p.now, slog.New(slog.DiscardHandler))
	if err := h.Connect(cmd.Context(), actor(t), tool, "", way, values); err != nil {
		return err
	}
	return p.print(map[string]string{"connected": tool.Name}, fmt.Sprintf("%s is connected.\n", tool.Name))
}

// ask reads one line; a terminal does not show it where it is a secret.
func (p *program) ask(input *bufio.Reader, e hub.Entry) (string, error) {
	_, _ = fmt.Fprintf(p.stderr, "%s (%s): ", e.Label, e.Scheme)
	if file, ok := p.stdin.(*os.File); ok && e.Secret && term.IsTerminal(int(file.Fd())) {
		secret, err := term.ReadPassword(int(file.Fd()))
		_, _ = fmt.Fprintln(p.stderr)
		return string(secret), err
	}
	line, err := input.ReadString('\n')
	if err != nil && line == "" && !e.Optional {
		return "", fmt.Errorf("the input ended before the %s: %w", strings.ToLower(e.Label), err)
	}
	return strings.TrimRight(line, "\r\n"), nil
}

func (p *program) printLink(cmd *cobra.Command, store *repository.Store, t models.Tenant) error {
	cfg, err := p.config()
	if err != nil {
		return err
	}
	token, err := store.Links.Create(cmd.Context(), actor(t), &models.Link{})
	if err != nil {
		return err
	}
	address := hub.LinkURL(localURL(cfg), token)
	return p.print(map[string]string{"configurationUrl": address},
		fmt.Sprintf("Open this in a browser within 15 minutes, while the service runs:\n\n  %s\n", address))
}

// localURL is where a service with these settings is reached.
func localURL(cfg config.Config) string {
	if cfg.PublicURL != "" {
		return cfg.PublicURL
	}
	if strings.HasPrefix(cfg.Addr, ":") {
		return "http://localhost" + cfg.Addr
	}
	return "http://" + cfg.Addr
}

func (p *program) toolDisconnectCommand() *cobra.Command {
	var tenant, user string
	cmd := &cobra.Command{
		Use: "disconnect NAME", Short: "Remove the account of the tenant, or with --user of an end user, from a tool", Args: cobra.ExactArgs(1),
	}
	tenantFlag(cmd, &tenant)
	cmd.Flags().StringVar(&user, "user", "", "the end user, as agents name them; default: the tenant's own account")
	p.jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, given []string) error {
		cfg, err := p.config()
		if err != nil {
			return err
		}
		return p.withTenant(cmd.Context(), tenant, func(store *repository.Store, t models.Tenant) error {
			h := newHub(store, hubClient(cfg), p.now, slog.New(slog.DiscardHandler))
			revoked, err := h.Disconnect(cmd.Context(), actor(t), given[0], user)
			if errors.Is(err, models.ErrNotFound) {
				return fmt.Errorf("there is no such account of %q", given[0])
			}
			if err != nil {
				return err
			}
			text := "The account is removed.\n"
			if !revoked {
				text += "Its provider could not be told: end the access there too.\n"
			}
			return p.print(map[string]any{"disconnected": given[0], "revoked": revoked}, text)
		})
	}
	return cmd
}

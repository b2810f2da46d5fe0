package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"sessionhub/hub"
	"sessionhub/models"
	"sessionhub/repository"
)

func (p *program) toolCommand() *cobra.Command {
	return group("tool", "Import APIs as tools for agents, and look after them",
		p.toolAddCommand(), p.toolListCommand(), p.toolShowCommand(), p.toolCheckCommand(),
		p.toolConnectCommand(), p.toolDisconnectCommand(), p.toolRemoveCommand(), p.toolExampleCommand())
}

// importFlags are the flags that say what becomes of a document.
type importFlags struct {
	in         hub.Import
	secretFile string
}

func (f *importFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.in.Name, "name", "", "what the tool is called, such as weather (default: made from the document's title)")
	flags.StringVar(&f.in.Title, "title", "", "what people read on the page where they connect (default: the document's title)")
	flags.StringVar(&f.in.BaseURL, "base-url", "", "where the API is (default: the document's first server)")
	flags.StringVar((*string)(&f.in.Credentials), "credentials", "user", "user: every user connects an account; tenant: you connect one for all")
	flags.StringSliceVar(&f.in.Only, "only", nil, "offer these operations alone, by operationId or \"GET /path\", separated by commas")
	flags.BoolVar(&f.in.AllowPrivate, "allow-private", false, "let the tool reach private and loopback addresses; for APIs of your own network")
	flags.StringVar(&f.in.ClientID, "client-id", "", "OAuth 2.0: the client id that the provider gave you")
	flags.StringVar(&f.secretFile, "client-secret-file", "", "OAuth 2.0: a file with the client secret; - reads it from the input")
	flags.StringVar(&f.in.RevocationURL, "revocation-url", "", "OAuth 2.0: where access is taken back (RFC 7009), if the document does not say")
}

// read completes the import from the command line's argument.
func (f *importFlags) read(p *program, source string) error {
	f.in.Source = source
	if !strings.HasPrefix(source, "https://") && !strings.HasPrefix(source, "http://") {
		document, err := p.readInput(source, hub.MaxDocument)
		if err != nil {
			return fmt.Errorf("read the document: %w", err)
		}
		f.in.Document = document
	}
	if f.secretFile != "" {
		secret, err := p.readInput(f.secretFile, models.MaxCredential)
		if err != nil {
			return fmt.Errorf("read the client secret: %w", err)
		}
		f.in.ClientSecret = models.Secret(strings.TrimSpace(string(secret)))
	}
	return nil
}

// readInput reads a file, or with - the standard input.
func (p *program) readInput(name string, limit int64) ([]byte, error) {
	var content []byte
	var err error
	if name == "-" {
		content, err = io.ReadAll(io.LimitReader(p.stdin, limit+1))
	} else {
		content, err = readAtMost(name, limit+1)
	}
	if err == nil && int64(len(content)) > limit {
		err = fmt.Errorf("%s is larger than %d bytes", name, limit)
	}
	return content, err
}

func (p *program) toolAddCommand() *cobra.Command {
	var flags importFlags
	var tenant string
	var replace bool
	cmd := &cobra.Command{
		Use: "add FILE|URL", Short: "Import an OpenAPI document as a tool", Args: cobra.ExactArgs(1),
		Long: `Import an OpenAPI document (3.0, 3.1, or Swagger 2.0; JSON or YAML) as a tool: each
operation becomes a function that models can call. What cannot be offered is left
out, with the reason; sessionhub tool check tells before anything is changed.

With --replace a tool of the same name is made anew. Its users stay connected, and it
keeps its client id and secret, unless credentials would go to other addresses than
before: then they connect again, and the client is given again.`,
	}
	tenantFlag(cmd, &tenant)
	flags.add(cmd)
	cmd.Flags().BoolVar(&replace, "replace", false, "make a tool anew that is there already")
	p.jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, given []string) error {
		cfg, err := p.config()
		if err != nil {
			return err
		}
		if err := flags.read(p, given[0]); err != nil {
			return err
		}
		tool, findings, err := hubClient(cfg).Import(cmd.Context(), flags.in)
		if err != nil {
			return err
		}
		return p.withTenant(cmd.Context(), tenant, func(store *repository.Store, t models.Tenant) error {
			if err := addTool(cmd.Context(), store, t, &tool, replace); err != nil {
				return err
			}
			return p.printTool(&tool, findings, nextSteps(&tool, cfg.PublicURL, t.DatabaseIDHash))
		})
	}
	return cmd
}

func addTool(ctx context.Context, store *repository.Store, t models.Tenant, tool *models.Tool, replace bool) error {
	err := store.Tools.Add(ctx, actor(t), tool, replace)
	if errors.Is(err, repository.ErrToolExists) {
		return fmt.Errorf("there is a tool %q already; --replace makes it anew, --name gives this one another name", tool.Name)
	}
	return err
}

// nextSteps says what is still to be done before an agent can use the tool.
func nextSteps(t *models.Tool, publicURL, databaseIDHash string) string {
	var b strings.Builder
	if slices.ContainsFunc(t.Schemes, func(s models.Scheme) bool { return s.Kind == models.SchemeAuthorizationCode }) {
		if publicURL == "" {
			publicURL = "<the address of this service>"
		}
		fmt.Fprintf(&b, "\nRegister this redirect address at the provider: %s\n", hub.CallbackURL(publicURL, databaseIDHash, t.Name))
		if t.ClientID == "" {
			b.WriteString("Then give the client id that you get: sessionhub tool add ... --replace --client-id ... --client-secret-file ...\n")
		}
	}
	if t.Credentials == models.OwnerTenant && len(t.Ways()) > 0 {
		fmt.Fprintf(&b, "\nConnect your account: sessionhub tool connect %s --tenant %s\n", t.Name, databaseIDHash)
	}
	return b.String()
}

func (p *program) toolListCommand() *cobra.Command {
	var tenant string
	cmd := &cobra.Command{Use: "list", Short: "List the tools of a tenant", Args: cobra.NoArgs}
	tenantFlag(cmd, &tenant)
	p.jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return p.withTenant(cmd.Context(), tenant, func(store *repository.Store, t models.Tenant) error {
			tools, err := store.Tools.List(cmd.Context(), actor(t))
			if err != nil {
				return err
			}
			list := make([]toolResponse, len(tools))
			var b strings.Builder
			table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
			_, _ = fmt.Fprintln(table, "NAME\tTITLE\tFUNCTIONS\tLEFT OUT\tCREDENTIALS\tADDRESS")
			for i := range tools {
				list[i] = newToolResponse(&tools[i], nil)
				_, _ = fmt.Fprintf(table, "%s\t%s\t%d\t%d\t%s\t%s\n", tools[i].Name, tools[i].Title,
					len(tools[i].Functions), len(tools[i].Skipped), tools[i].Credentials, tools[i].BaseURL)
			}
			return errors.Join(table.Flush(), p.print(list, b.String()))
		})
	}
	return cmd
}

func (p *program) toolShowCommand() *cobra.Command {
	var tenant string
	cmd := &cobra.Command{Use: "show NAME", Short: "Show a tool: its functions, what is left out, and how it is connected to", Args: cobra.ExactArgs(1)}
	tenantFlag(cmd, &tenant)
	p.jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, given []string) error {
		return p.withTool(cmd, tenant, given[0], func(_ *repository.Store, _ models.Tenant, tool *models.Tool) error {
			return p.printTool(tool, nil, "")
		})
	}
	return cmd
}

// withTool is withTenant for commands about one tool.
func (p *program) withTool(cmd *cobra.Command, tenant, name string, fn func(*repository.Store, models.Tenant, *models.Tool) error) error {
	return p.withTenant(cmd.Context(), tenant, func(store *repository.Store, t models.Tenant) error {
		tool, err := store.Tools.Get(cmd.Context(), actor(t), name)
		if errors.Is(err, models.ErrNotFound) {
			return fmt.Errorf("this tenant has no tool %q; sessionhub tool list shows those it has", name)
		}
		if err != nil {
			return err
		}
		return fn(store, t, &tool)
	})
}

func (p *program) toolCheckCommand() *cobra.Command {
	var flags importFlags
	var tenant string
	cmd := &cobra.Command{
		Use: "check FILE|URL", Short: "Say what models would see of a document, and what is wrong with it; changes nothing", Args: cobra.ExactArgs(1),
		Long: `Say of every operation of an OpenAPI document what a model would see of it, or why
it cannot be offered. Nothing is changed. With --tenant the argument is the name of
a tool of that tenant instead, whose stored document is checked.`,
	}
	cmd.Flags().StringVar(&tenant, "tenant", "", "database-id-hash of a tenant: check its tool of this name")
	flags.add(cmd)
	p.jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, given []string) error {
		if tenant == "" {
			if err := flags.read(p, given[0]); err != nil {
				return err
			}
			return p.check(cmd, flags.in)
		}
		return p.withTool(cmd, tenant, given[0], func(store *repository.Store, t models.Tenant, tool *models.Tool) error {
			document, err := store.Tools.Document(cmd.Context(), actor(t), tool.Name)
			if err != nil {
				return err
			}
			return p.check(cmd, hub.Import{Document: document, CompileOptions: hub.CompileOptions{
				Name: tool.Name, Title: tool.Title, Source: tool.Source, BaseURL: tool.BaseURL, Credentials: tool.Credentials,
				AllowPrivate: tool.AllowPrivate, Only: tool.Only,
			}})
		})
	}
	return cmd
}

func (p *program) check(cmd *cobra.Command, in hub.Import) error {
	cfg, err := p.config()
	if err != nil {
		return err
	}
	tool, findings, err := hubClient(cfg).Import(cmd.Context(), in)
	if err != nil {
		return err
	}
	return p.printCheck(&tool, findings, hub.Breach(tool.Document))
}

func (p *program) toolRemoveCommand() *cobra.Command {
	var tenant string
	var yes bool
	cmd := &cobra.Command{
		Use: "remove NAME", Short: "Remove a tool with the accounts that its users have connected", Args: cobra.ExactArgs(1),
	}
	tenantFlag(cmd, &tenant)
	cmd.Flags().BoolVar(&yes, "yes", false, "really remove it; nothing is asked")
	p.jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, given []string) error {
		if !yes {
			return usage(cmd, errors.New("the accounts that users have connected go with the tool; say --yes to remove it"))
		}
		return p.withTenant(cmd.Context(), tenant, func(store *repository.Store, t models.Tenant) error {
			err := store.Tools.Delete(cmd.Context(), actor(t), given[0])
			if errors.Is(err, models.ErrNotFound) {
				return fmt.Errorf("this tenant has no tool %q; sessionhub tool list shows those it has", given[0])
			}
			if err != nil {
				return err
			}
			return p.print(map[string]string{"removed": given[0]}, fmt.Sprintf("The tool %s is removed.\n", given[0]))
		})
	}
	return cmd
}

package main

import (
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"sessionhub/models"
	"sessionhub/repository"
)

// keyResponse is how list prints a key.
type keyResponse struct {
	KeyLocatorHash string   `json:"keyLocatorHash"`
	Name           string   `json:"displayName"`
	Role           string   `json:"role"`
	ExpiryDate     *string  `json:"expiryDate"`
	LastUsedAt     *string  `json:"lastUsedAt"`
	AllowedOrigins []string `json:"allowedOrigins"`
	AgentID        *string  `json:"agentId"`
}

func (p *program) keyCommand() *cobra.Command {
	return group("key", "Make, list and revoke API keys", p.keyCreateCommand(), p.keyListCommand(), p.keyRevokeCommand())
}

// tenantFlag adds the flag that says which tenant a command is about.
func tenantFlag(cmd *cobra.Command, tenant *string) {
	cmd.Flags().StringVar(tenant, "tenant", "", "database-id-hash of the tenant (required)")
	if err := cmd.MarkFlagRequired("tenant"); err != nil {
		panic(err) // the flag was added above
	}
}

func (p *program) keyCreateCommand() *cobra.Command {
	var tenant, agent string
	var expires time.Duration
	key := &models.Key{}
	cmd := &cobra.Command{
		Use: "create", Short: "Make an API key, which is shown this once", Args: cobra.NoArgs,
		Long: `Make an API key, which is shown this once. Its role says what it may do:

  owner  everything in its tenant, keys included
  admin  sessions (read, write, delete), the audit log, tools
  agent  read and write sessions, use tools
  exec   create or resume sessions, nothing else: the key that a web page ships.
         It can be limited to the origins of your pages and to one agent.`,
	}
	tenantFlag(cmd, &tenant)
	cmd.Flags().StringVar((*string)(&key.Role), "role", "", "owner, admin, agent or exec (required)")
	cmd.Flags().StringVar(&key.DisplayName, "name", "", "what the key is for (default: the role)")
	cmd.Flags().DurationVar(&expires, "expires", 0, "how long the key is good, such as 720h (default: for ever)")
	cmd.Flags().StringArrayVar(&key.AllowedOrigins, "allowed-origin", nil, "exec only: origin of a page that may use the key, such as https://app.example.com; may be repeated")
	cmd.Flags().StringVar(&agent, "agent", "", "exec only: the one agent for which the key may be used")
	p.jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := completeKey(cmd, key, agent, p.now().Add(expires)); err != nil {
			return usage(cmd, err)
		}
		return p.withTenant(cmd.Context(), tenant, func(store *repository.Store, t models.Tenant) error {
			apiKey, err := store.Keys.Create(cmd.Context(), actor(t), key)
			if err != nil {
				return err
			}
			return p.printNewKey(key, apiKey)
		})
	}
	return cmd
}

// completeKey puts in what the flags do not write themselves, and checks the key.
func completeKey(cmd *cobra.Command, key *models.Key, agent string, expires time.Time) error {
	if key.Role == "" {
		return errors.New("--role is missing: owner, admin, agent or exec")
	}
	if key.DisplayName == "" {
		key.DisplayName = string(key.Role)
	}
	if cmd.Flags().Changed("agent") {
		key.AgentID = &agent
	}
	if cmd.Flags().Changed("expires") {
		if d, err := cmd.Flags().GetDuration("expires"); err != nil || d <= 0 {
			return errors.New("--expires must be a time from now on, such as 720h")
		}
		key.ExpiresAt = &expires
	}
	return key.Validate()
}

func (p *program) printNewKey(key *models.Key, apiKey models.Secret) error {
	expiry := formatOptional(key.ExpiresAt)
	text := fmt.Sprintf("An API key with the role %s, shown this once:\n\n  %s\n", key.Role, apiKey.Reveal())
	if expiry != nil {
		text += "\nIt expires at " + *expiry + ".\n"
	}
	return p.print(struct {
		APIKey         string  `json:"apiKey"`
		KeyLocatorHash string  `json:"keyLocatorHash"`
		Role           string  `json:"role"`
		ExpiryDate     *string `json:"expiryDate"`
	}{apiKey.Reveal(), key.LocatorHash, string(key.Role), expiry}, text)
}

func formatOptional(t *time.Time) *string {
	if t == nil {
		return nil
	}
	text := t.UTC().Format(time.RFC3339)
	return &text
}

func (p *program) keyListCommand() *cobra.Command {
	var tenant string
	cmd := &cobra.Command{Use: "list", Short: "List the API keys of a tenant, without their secrets", Args: cobra.NoArgs}
	tenantFlag(cmd, &tenant)
	p.jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return p.withTenant(cmd.Context(), tenant, func(store *repository.Store, t models.Tenant) error {
			keys, err := store.Keys.List(cmd.Context(), actor(t))
			if err != nil {
				return err
			}
			return p.printKeys(keys)
		})
	}
	return cmd
}

func (p *program) printKeys(keys []models.Key) error {
	list := make([]keyResponse, len(keys))
	var b strings.Builder
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "KEY-LOCATOR-HASH\tNAME\tROLE\tEXPIRES\tLAST USED")
	for i, k := range keys {
		list[i] = keyResponse{
			k.LocatorHash, k.DisplayName, string(k.Role), formatOptional(k.ExpiresAt), formatOptional(k.LastUsedAt),
			append([]string{}, k.AllowedOrigins...), k.AgentID,
		}
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", k.LocatorHash, k.DisplayName, k.Role,
			orNever(list[i].ExpiryDate), orNever(list[i].LastUsedAt))
	}
	return errors.Join(table.Flush(), p.print(list, b.String()))
}

func orNever(date *string) string {
	if date == nil {
		return "never"
	}
	return *date
}

func (p *program) keyRevokeCommand() *cobra.Command {
	var tenant string
	cmd := &cobra.Command{
		Use: "revoke KEY-LOCATOR-HASH", Short: "Revoke an API key; a running server refuses it within 2 seconds", Args: cobra.ExactArgs(1),
	}
	tenantFlag(cmd, &tenant)
	p.jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, given []string) error {
		return p.withTenant(cmd.Context(), tenant, func(store *repository.Store, t models.Tenant) error {
			err := store.Keys.Revoke(cmd.Context(), actor(t), given[0], false)
			if errors.Is(err, repository.ErrNotFound) {
				return fmt.Errorf("this tenant has no key %q; sessionhub key list shows those it has", given[0])
			}
			if err != nil {
				return err
			}
			return p.print(map[string]string{"revoked": given[0]}, "The key is revoked.\n")
		})
	}
	return cmd
}

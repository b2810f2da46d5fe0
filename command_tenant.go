package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"sessionhub/crypto"
	"sessionhub/models"
	"sessionhub/repository"
)

// tenantResponse is how list and show print a tenant.
type tenantResponse struct {
	DatabaseIDHash string `json:"databaseIdHash"`
	Name           string `json:"name"`
	Encrypted      bool   `json:"encrypted"`
	CreatedAt      string `json:"createdAt"`
}

func newTenantResponse(t models.Tenant) tenantResponse {
	return tenantResponse{t.DatabaseIDHash, t.Name, t.Encrypted, t.CreatedAt.Format(time.RFC3339)}
}

func (p *program) tenantCommand() *cobra.Command {
	return group("tenant", "Make, list, show, set up and delete tenants",
		p.tenantCreateCommand(), p.tenantListCommand(), p.tenantShowCommand(), p.tenantAppsCommand(), p.tenantDeleteCommand())
}

func (p *program) tenantCreateCommand() *cobra.Command {
	var n repository.NewTenant
	var text, file string
	var generate bool
	cmd := &cobra.Command{
		Use: "create", Short: "Make a tenant and an owner key, which is shown this once", Args: cobra.NoArgs,
		Long: `Make a tenant, called a database in Open Agents Builder, and an owner key for it,
which is shown this once.

Its names, e-mail addresses and messages are encrypted under its storage key: one
made at random, unless you give a text of your own. Only a random one is as strong
as the cipher; prefer --storage-key-file to --storage-key, which other users of
this machine can see while the command runs.`,
	}
	cmd.Flags().StringVar(&n.Name, "name", "", "name of the tenant (default: default)")
	cmd.Flags().StringVar(&n.DatabaseIDHash, "database-id-hash", "", "64 lower-case hex digits (default: random)")
	cmd.Flags().StringVar(&text, "storage-key", "", "derive the storage key from this text")
	cmd.Flags().StringVar(&file, "storage-key-file", "", "derive the storage key from the text in this file")
	cmd.Flags().BoolVar(&generate, "generate-storage-key", false, "make the storage key at random (the default)")
	cmd.Flags().BoolVar(&n.NoEncryption, "no-encryption", false, "store names, e-mail addresses and messages in clear")
	cmd.MarkFlagsMutuallyExclusive("storage-key", "storage-key-file", "generate-storage-key", "no-encryption")
	p.jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if cmd.Flags().Changed("generate-storage-key") && !generate {
			return usage(cmd, errors.New("without a storage key nothing is encrypted; if you mean that, say --no-encryption"))
		}
		key, err := storageKeyText(cmd, text, file)
		if err != nil {
			return err
		}
		n.StorageKey = key
		return p.createTenant(cmd, n)
	}
	return cmd
}

const maxStorageKeyFile = 64 << 10 // bytes: a key file, not a disk image

// storageKeyText returns the text that a person gave; empty where none was.
func storageKeyText(cmd *cobra.Command, text, file string) (models.Secret, error) {
	switch {
	case cmd.Flags().Changed("storage-key-file"):
		content, err := readAtMost(file, maxStorageKeyFile+1)
		if err != nil {
			return "", fmt.Errorf("read the storage key: %w", err)
		}
		if len(content) > maxStorageKeyFile {
			return "", fmt.Errorf("read the storage key: %s is larger than %d bytes", file, maxStorageKeyFile)
		}
		text = strings.TrimRight(string(content), "\r\n")
	case !cmd.Flags().Changed("storage-key"):
		return "", nil
	}
	if text == "" {
		return "", usage(cmd, errors.New("the storage key is empty; leave it out for a random one, or say --no-encryption"))
	}
	return models.Secret(text), nil
}

// readAtMost reads the beginning of a file, which may be a device without an end.
func readAtMost(name string, n int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(io.LimitReader(f, n))
	return content, errors.Join(err, f.Close())
}

func (p *program) createTenant(cmd *cobra.Command, n repository.NewTenant) error {
	cfg, err := p.config()
	if err != nil {
		return err
	}
	return p.withNewStore(cmd.Context(), cfg, func(store *repository.Store) error {
		t, apiKey, err := store.Tenants.Create(cmd.Context(), actor(models.Tenant{}), n)
		if errors.Is(err, models.ErrInvalid) {
			return usage(cmd, err)
		}
		if err != nil {
			return err
		}
		token, err := crypto.ParseToken(apiKey.Reveal())
		if err != nil {
			return err
		}
		return p.print(struct {
			DatabaseIDHash string `json:"databaseIdHash"`
			Name           string `json:"name"`
			Encrypted      bool   `json:"encrypted"`
			APIKey         string `json:"apiKey"`
			KeyLocatorHash string `json:"keyLocatorHash"`
		}{t.DatabaseIDHash, t.Name, t.Encrypted, token.Reveal(), token.LocatorHash()},
			fmt.Sprintf("%s\nAn owner key, shown this once:\n\n  database-id-hash  %s\n  API key           %s\n",
				encryptionText(t), t.DatabaseIDHash, token.Reveal()))
	})
}

func encryptionText(t models.Tenant) string {
	if t.Encrypted {
		return fmt.Sprintf("Tenant %q: names, e-mail addresses and messages are encrypted.", t.Name)
	}
	return fmt.Sprintf("Tenant %q: NOT encrypted, names, e-mail addresses and messages are stored in clear.", t.Name)
}

func (p *program) tenantListCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "list", Short: "List the tenants", Args: cobra.NoArgs}
	p.jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return p.withStore(cmd.Context(), func(store *repository.Store) error {
			tenants, err := store.Tenants.List(cmd.Context())
			if err != nil {
				return err
			}
			list := make([]tenantResponse, len(tenants))
			var b strings.Builder
			table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
			_, _ = fmt.Fprintln(table, "DATABASE-ID-HASH\tNAME\tENCRYPTED\tCREATED")
			for i, t := range tenants {
				list[i] = newTenantResponse(t)
				_, _ = fmt.Fprintf(table, "%s\t%s\t%t\t%s\n", t.DatabaseIDHash, t.Name, t.Encrypted, list[i].CreatedAt)
			}
			return errors.Join(table.Flush(), p.print(list, b.String()))
		})
	}
	return cmd
}

func (p *program) tenantShowCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "show DATABASE-ID-HASH", Short: "Show a tenant: whether it is encrypted, and how much it has", Args: cobra.ExactArgs(1),
	}
	p.jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, given []string) error {
		return p.withTenant(cmd.Context(), given[0], func(store *repository.Store, t models.Tenant) error {
			n, err := store.Tenants.Count(cmd.Context(), actor(t))
			if err != nil {
				return err
			}
			return p.print(struct {
				tenantResponse
				Sessions     int64 `json:"sessions"`
				Messages     int64 `json:"messages"`
				Keys         int64 `json:"keys"`
				AuditEntries int64 `json:"auditEntries"`
				Tools        int64 `json:"tools"`
				Connections  int64 `json:"connections"`
			}{newTenantResponse(t), n.Sessions, n.Messages, n.Keys, n.AuditEntries, n.Tools, n.Connections},
				fmt.Sprintf("%s\n\n  database-id-hash  %s\n  created           %s\n  sessions          %d\n  messages          %d\n  API keys          %d\n  audit entries     %d\n  tools             %d\n  connections       %d\n",
					encryptionText(t), t.DatabaseIDHash, t.CreatedAt.Format(time.RFC3339), n.Sessions, n.Messages, n.Keys, n.AuditEntries, n.Tools, n.Connections))
		})
	}
	return cmd
}

func (p *program) tenantDeleteCommand() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use: "delete DATABASE-ID-HASH", Short: "Delete a tenant with its sessions, messages and keys", Args: cobra.ExactArgs(1),
		Long: `Delete a tenant with its sessions, messages and keys. With its storage key goes the
only way to read its data in any backup. Its audit entries stay.`,
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "really delete it; nothing is asked")
	p.jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, given []string) error {
		if !yes {
			return usage(cmd, errors.New("this cannot be undone; say --yes to delete the tenant with all that it has"))
		}
		return p.withTenant(cmd.Context(), given[0], func(store *repository.Store, t models.Tenant) error {
			if err := store.Tenants.Delete(cmd.Context(), actor(t)); err != nil {
				return err
			}
			return p.print(map[string]string{"deleted": t.DatabaseIDHash}, fmt.Sprintf("Tenant %q is deleted.\n", t.Name))
		})
	}
	return cmd
}

package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"sessionhub/models"
	"sessionhub/repository"
)

func (p *program) tenantAppsCommand() *cobra.Command {
	var allow []string
	var anyApp bool
	cmd := &cobra.Command{
		Use: "apps DATABASE-ID-HASH", Short: "Show or set which web sites the configuration page may link back to", Args: cobra.ExactArgs(1),
		Long: `Agents may send x-superface-app-url, which the page where users connect their
accounts links back to. This shows which web sites they may name, or sets them;
without a list any may be named.`,
	}
	cmd.Flags().StringArrayVar(&allow, "allow", nil, "origin such as https://app.example.com; may be repeated, and replaces the list")
	cmd.Flags().BoolVar(&anyApp, "any", false, "allow any web site")
	p.jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, given []string) error {
		if anyApp && len(allow) > 0 {
			return usage(cmd, errors.New("--any and --allow exclude each other"))
		}
		return p.withTenant(cmd.Context(), given[0], func(store *repository.Store, t models.Tenant) error {
			if anyApp || len(allow) > 0 {
				if err := store.Tenants.AllowApps(cmd.Context(), actor(t), allow); err != nil {
					return err
				}
			}
			origins, err := store.Tenants.AppOrigins(cmd.Context(), actor(t))
			if err != nil {
				return err
			}
			text := "Any web site may be named.\n"
			if len(origins) > 0 {
				text = fmt.Sprintf("These web sites may be named:\n  %s\n", strings.Join(origins, "\n  "))
			}
			return p.print(map[string][]string{"origins": append([]string{}, origins...)}, text)
		})
	}
	return cmd
}

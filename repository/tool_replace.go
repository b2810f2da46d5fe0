package repository

import (
	"encoding/json"
	"slices"

	"gorm.io/gorm"

	"sessionhub/models"
)

// inherit gives a tool what the one that it replaces leaves to it: all of it where no credential
// goes to a new address, and else nothing, which the text for the audit entry says.
func (r *Tools) inherit(tx *gorm.DB, who models.Actor, t *models.Tool, row, was *toolRow) (models.Secret, error) {
	old, err := was.tool()
	if err != nil {
		return "", err
	}
	var functions []functionRow
	err = tx.Select("name, tool, call").Where("tenant_id = ? AND tool = ?", who.TenantID, t.Name).Find(&functions).Error
	if err != nil {
		return "", err
	}
	if old.Functions, err = openFunctions(functions); err != nil {
		return "", err
	}
	known := old.Origins()
	added := slices.DeleteFunc(t.Origins(), func(origin string) bool { return slices.Contains(known, origin) })
	if len(added) == 0 {
		keepRegistration(t, row, was)
		return "", nil
	}
	if err := deleteOf(tx, who, t.Name, &connectionRow{}, &authorizationRow{}); err != nil {
		return "", err
	}
	return leftBehind(added)
}

// keepRegistration keeps the client that is registered at the provider, unless the new tool has
// another. The secret goes over as it stands, sealed for the same place.
func keepRegistration(t *models.Tool, row, was *toolRow) {
	if t.ClientID == "" {
		t.ClientID = was.ClientID
	}
	if t.ClientID == was.ClientID && row.ClientSecret == nil {
		row.ClientSecret = was.ClientSecret
	}
	if t.RevocationURL == "" {
		t.RevocationURL = was.RevocationURL
	}
	row.ClientID, row.RevocationURL = t.ClientID, t.RevocationURL
}

// maxToldOrigins of a document, which may name any number of servers, are in the audit log.
const maxToldOrigins = 20

// leftBehind says in an audit entry why the users of a tool are no longer connected.
func leftBehind(added []string) (models.Secret, error) {
	text, err := json.Marshal(struct {
		Connections  string   `json:"connections"`
		Registration string   `json:"registration"`
		Reason       string   `json:"reason"`
		Origins      []string `json:"origins"`
	}{"removed", "removed", "credentials would go to other addresses than before", added[:min(len(added), maxToldOrigins)]})
	return models.Secret(text), err
}

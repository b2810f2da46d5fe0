package repository

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"

	"sessionhub/crypto"
	"sessionhub/models"
)

// sealTool makes the row of a tool.
func (s *Store) sealTool(box *crypto.Box, who models.Actor, t *models.Tool) (toolRow, error) {
	row := toolRow{
		TenantID: who.TenantID, Name: t.Name, Title: t.Title, Description: t.Description, Source: t.Source,
		BaseURL: t.BaseURL, Credentials: string(t.Credentials), AllowPrivate: t.AllowPrivate,
		ClientID: t.ClientID, RevocationURL: t.RevocationURL,
	}
	if t.ClientSecret != "" {
		row.ClientSecret = s.seal(box, &t.ClientSecret, toolPlace(who, t.Name))
	}
	var err error
	if row.Document, err = pack(t.Document); err != nil {
		return row, err
	}
	for column, value := range map[*string]any{&row.Schemes: t.Schemes, &row.OnlyOperations: t.Only, &row.Skipped: t.Skipped} {
		if *column, err = toJSON(value); err != nil {
			return row, err
		}
	}
	return row, nil
}

// openTool is the way back, but for the document.
func (s *Store) openTool(box *crypto.Box, who models.Actor, row *toolRow) (models.Tool, error) {
	t, err := row.tool()
	if err != nil {
		return t, err
	}
	t.ClientSecret, err = s.openSecret(box, row.ClientSecret, toolPlace(who, row.Name), "tool")
	return t, err
}

// tool makes the model of what is not sealed. Columns that were not read stay empty.
func (row *toolRow) tool() (models.Tool, error) {
	t := models.Tool{
		Name: row.Name, Title: row.Title, Description: row.Description, Source: row.Source,
		BaseURL: row.BaseURL, Credentials: models.CredentialOwner(row.Credentials), AllowPrivate: row.AllowPrivate,
		ClientID: row.ClientID, RevocationURL: row.RevocationURL,
		CreatedAt: fromMillis(row.CreatedAt), UpdatedAt: fromMillis(row.UpdatedAt),
	}
	for text, to := range map[*string]any{&row.Schemes: &t.Schemes, &row.OnlyOperations: &t.Only, &row.Skipped: &t.Skipped} {
		if err := fromJSON(*text, to); err != nil {
			return t, fmt.Errorf("read the tool %q: %w", row.Name, err)
		}
	}
	return t, nil
}

// functionRows makes the rows of a tool's functions, in their order.
func functionRows(who models.Actor, t *models.Tool) ([]functionRow, error) {
	rows := make([]functionRow, len(t.Functions))
	for i, f := range t.Functions {
		rows[i] = functionRow{
			TenantID: who.TenantID, Name: f.Name, Tool: t.Name, Position: i, Operation: f.Operation,
			Description: f.Description, Parameters: f.Parameters,
		}
		var err error
		if rows[i].Call, err = toJSON(f.Call); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// function makes the model, but for its call.
func (row *functionRow) function() models.Function {
	return models.Function{
		Tool: row.Tool, Name: row.Name, Operation: row.Operation, Description: row.Description, Parameters: row.Parameters,
	}
}

func openFunction(row *functionRow) (models.Function, error) {
	f := row.function()
	if err := fromJSON(row.Call, &f.Call); err != nil {
		return f, fmt.Errorf("read the function %q: %w", row.Name, err)
	}
	return f, nil
}

func openFunctions(rows []functionRow) ([]models.Function, error) {
	functions := make([]models.Function, len(rows))
	for i := range rows {
		var err error
		if functions[i], err = openFunction(&rows[i]); err != nil {
			return nil, err
		}
	}
	return functions, nil
}

// toJSON writes a model that is stored under the names of its Go fields.
func toJSON(value any) (string, error) {
	text, err := json.Marshal(value)
	return string(text), err
}

// fromJSON is the way back; a column that was not read leaves the value as it is.
func fromJSON(text string, to any) error {
	if text == "" {
		return nil
	}
	return json.Unmarshal([]byte(text), to)
}

// pack compresses a document: to a tenth, mostly.
func pack(document []byte) ([]byte, error) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write(document); err != nil {
		return nil, err
	}
	err := w.Close()
	return packed.Bytes(), err
}

// unpack is the way back.
func unpack(tool string, packed []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("unpack the document of the tool %q: %w", tool, err)
	}
	document, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("unpack the document of the tool %q: %w", tool, err)
	}
	return document, nil
}

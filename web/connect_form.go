package web

import (
	"fmt"
	"strings"
)

// connectForm is one way to connect, as the page shows it.
type connectForm struct {
	ConnectWay
	Action    string
	Tool      string // its name
	ToolTitle string
	State     ToolState
	First     bool // it is the usual way
	Inputs    []connectInput
	Later     bool // the sign-in comes when what the form asks for is saved
}

// connectInput is a field as the page shows it.
type connectInput struct {
	ConnectField
	ID          string
	DescribedBy string // ids of what explains it; empty for none
	Focus       bool   // it is the first of its form that has an error
}

// newConnectForm returns the way of the card's tool that has this index.
func newConnectForm(card *connectCard, index int) connectForm {
	way := card.Ways[index]
	way.SignIn = address(way.SignIn)
	if len(way.SentTo) == 0 && card.Host != "" {
		way.SentTo = []string{card.Host}
	}
	form := connectForm{
		ConnectWay: way,
		Action:     card.Action,
		Tool:       card.Name,
		ToolTitle:  card.Title,
		State:      card.State,
		First:      index == 0,
	}
	refused := false
	for i, field := range way.Fields {
		input := newConnectInput(field, fmt.Sprintf("field-%s-%d-%d", card.Name, index, i))
		input.Focus = field.Error != "" && !refused
		refused = refused || input.Focus
		form.Inputs = append(form.Inputs, input)
		form.Later = form.Later || way.SignIn != "" && field.Required && !field.Saved
	}
	form.Open = form.Open || refused
	return form
}

// Headed says whether the title stands above the form. A sign-in has it on its button, and one
// field that is called the same says it too.
func (f connectForm) Headed() bool {
	if f.Unavailable != "" {
		return true
	}
	return len(f.Inputs) > 1 || len(f.Inputs) == 1 && f.Inputs[0].Label != f.Title
}

// newConnectInput returns a field that has this id.
func newConnectInput(field ConnectField, id string) connectInput {
	var described []string
	for _, text := range []struct {
		there bool
		id    string
	}{
		{field.Error != "", id + "-error"},
		{field.Hint != "", id + "-hint"},
		{field.Saved, id + "-saved"},
	} {
		if text.there {
			described = append(described, text.id)
		}
	}
	return connectInput{ConnectField: field, ID: id, DescribedBy: strings.Join(described, " ")}
}

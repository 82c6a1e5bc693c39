package view

import (
	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/publicurl"
	"github.com/outcry/outcry/pkg/status"
)

// Found is the result of a search.
type Found struct {
	Title string
	Note  string
	Rows  []Row
	Wish  *WishForm // nil where something was found
}

// WishForm asks the operator for a service that is not there.
type WishForm struct{ Action, Name, Button, Note string }

// NewWishForm returns the form for a name.
func NewWishForm(l *locale.Locale, name, action string) *WishForm {
	return &WishForm{Action: action, Name: name, Button: l.Fill("wish_button", locale.Values{"Name": name}), Note: l.Say("wish_note")}
}

// NewFound words the result of a search.
func NewFound(l *locale.Locale, query string, services []*catalog.Service, all []status.Status, prefix publicurl.Prefix, names Labels) *Found {
	if len(services) == 0 {
		return &Found{Title: l.Say("search_none"), Note: l.Fill("search_none_note", locale.Values{"Query": query})}
	}
	v := &Found{Title: l.Count("search_found", int64(len(services)), nil), Note: l.Fill("search_note", locale.Values{"Query": query})}
	v.Rows = rowsOf(l, services, all, prefix, names)
	return v
}

// rowsOf lists services with their statuses. A service without one is unknown.
func rowsOf(l *locale.Locale, services []*catalog.Service, all []status.Status, prefix publicurl.Prefix, names Labels) []Row {
	of := make(map[string]status.Status, len(all))
	for _, s := range all {
		of[s.Service] = s
	}
	rows := make([]Row, 0, len(services))
	for _, service := range services {
		s, ok := of[service.Slug]
		if !ok {
			s = status.Status{Service: service.Slug, Level: detect.Unknown}
		}
		rows = append(rows, newRow(l, s, prefix, names))
	}
	return rows
}

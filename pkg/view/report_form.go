package view

import (
	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/status"
	"github.com/outcry/outcry/pkg/window"
)

// Form holds the report buttons.
type Form struct {
	Service string
	Action  string
	Buttons []Button
	Four    bool // to a row, where there is room: three would leave one alone
	Works   Button
	Back    Button
	Device  string // sent with the press, for who is not told apart from others; may be empty
	Made    string // sent with the press, to show when the form was made; only under attack, with a field that people do not see
	Said    *AnswerText
	Others  int64 // who reported in the window, for the script
	Words   FormWords
}

// FormWords are the answers that the script shows. It fills {n}, {symptom} and
// {time}.
type FormWords struct {
	First, One, Other, Repeat, Limited, Works, Back string // the server answered
	Kept, Waits                                     string // the press waits on the device
}

// Button is one of the report buttons.
type Button struct {
	Value, Text string
	Pressed     bool
}

// NewForm returns the report buttons with the answer a to a press. readable is
// false if the status could not be read.
func NewForm(l *locale.Locale, path string, service *catalog.Service, s status.Status, readable bool, a Answer, names Labels) Form {
	v := Form{
		Service: service.Slug, Action: path + "/report",
		Works:  Button{Value: AnswerWorks, Text: l.Say("report_works"), Pressed: a.Kind == AnswerWorks},
		Back:   Button{Value: AnswerBack, Text: l.Say("report_back"), Pressed: a.Kind == AnswerBack},
		Device: a.Device, Said: a.Text(l, s, readable, names), Others: s.Observed,
	}
	for _, id := range service.Symptoms {
		pressed := id == a.Symptom && (a.Kind == AnswerCounted || a.Kind == AnswerRepeat)
		v.Buttons = append(v.Buttons, Button{Value: id, Text: names.Symptom(id), Pressed: pressed})
	}
	v.Four = len(v.Buttons) == 7 || len(v.Buttons) == 8
	w := locale.Values{"Symptom": "{symptom}", "Window": l.InLast(window.Default), "Time": "{time}"}
	v.Words = FormWords{
		First: l.Fill("said_first", w), One: l.CountText("said_counted", 1, "{n}", w), Other: l.CountText("said_counted", 2, "{n}", w),
		Repeat: l.Say("said_repeat"), Limited: l.Say("said_limited"), Works: l.Say("said_works"), Back: l.Say("said_back"),
		Kept: l.Fill("said_kept", w), Waits: l.CountText("said_waits", 2, "{n}", nil),
	}
	return v
}

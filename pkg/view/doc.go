// Package view makes plain page models of what is known of services and
// incidents: worded in one language, with charts and maps as paths. Templates
// write the models as HTML.
//
// It reads nothing, keeps nothing and knows no HTTP: what a model needs is an
// argument. Times are UTC. Places in drawings are per cent of the drawing, and
// paths lie in a box of 1000 by 1000.
package view

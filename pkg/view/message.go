package view

// MessagePage is a page with a message and services to go on with.
type MessagePage struct {
	Frame
	Head string
	Note string
	Rows []Row // services that may have been meant
}

package view

// MessagePage says one thing in words, and where to go on.
type MessagePage struct {
	Frame
	Head string
	Note string
	Rows []Row // services that may have been meant
}

package checks

// OfBody reports whether the edit changes the body before it is signed: whether a message as it was
// signed has it already.
func (o Op) OfBody() bool {
	switch o {
	case Key, KeyOf, Aged, DeliveryID, MessageID, SignedText, SignedBytes, Algorithm, Item, Items, Truncate, Extend, Stamp, DropStamp,
		Drop, Unsign, Header, HeaderAdd, HeaderCase, Flip, SendBody, Method, Query, QueryAdd:
		return false
	}
	return true
}

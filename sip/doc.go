// Package sip is the telephone door: it turns SIP dialogs (RFC 3261) into
// calls.
//
// Parser, transport and transactions are sipgo's; the layer above them, the
// dialogs, is ours. Every dialog is an actor: one goroutine owns its state,
// everything that concerns it arrives in its inbox. Files are named after the
// RFC's layers, from the wire up:
//
//	listener, acl, udp, tcp, screen   who may speak, and what is a message
//	stack                             sipgo's transport and transactions
//	dispatch, response, tag           which request belongs where (§8.2)
//	dialog, actor, sequence, route    dialog state (§12)
//	uas_*                             the answering side (§13.3, §9.2, §14.2)
//	uac_*                             the calling side (§13.2, §9.1)
//	bye, timers, causes               how dialogs end (§15)
//	presented, limits                 what a trunk makes of a call, and how many it takes
//	outposts, registering, qualify    trunks that register, and are asked (inquiry sends)
//	registrar, phones, proof          telephones that register with us, and digest (§10.3, §22)
//	sdp, offer, answer, negotiate     session description (RFC 8866, RFC 3264)
//	call, media                       the call.Call made of it all
package sip

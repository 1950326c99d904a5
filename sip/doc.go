// Package sip is the telephone door: it turns SIP dialogs (RFC 3261) into
// calls.
//
// Parser, transport and transactions are sipgo's; the layer above them, the
// dialogs, is ours. A call and its dialogs are an actor: everything that
// concerns them arrives in its inbox and is done one after the other. Files
// are named after the RFC's layers, from the wire up:
//
//	listener, acl, udp, tcp, tls, ws, screen   who may speak, and what is a message
//	handover, stack                            sipgo's transport and transactions
//	dispatch, response, tag, extensions        which request belongs where (§8.2)
//	call, life, stream                         the call.Call made of it all
//	dialog, actor, sequence, state, route      dialog state (§12)
//	uas_*, info, refer_in, replaces            the answering side (§13.3, §9.2, §14.2)
//	uac_*, authenticate, refer_out, hairpin    the calling side (§13.2, §9.1, §22)
//	reoffer, session_timer                     changes of the session (§14.1, RFC 4028)
//	bye, timers, causes                        how dialogs end (§15)
//	presented, limits                          what a trunk makes of a call, and how many it takes
//	outposts, registering, qualify             trunks that register, and are asked (inquiry sends)
//	registrar, phones, proof                   telephones that register with us, and digest (§10.3, §22)
//	sdp, offer, answer, negotiate, srtp        session description (RFC 8866, RFC 3264, RFC 4568)
//	media                                      the RTP session beneath a dialog
package sip

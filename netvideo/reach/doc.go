// Package reach finds out how far a server's ports can be reached, and makes them
// reachable where the router lets it: it asks for port mappings by PCP (RFC 6887),
// NAT-PMP (RFC 6886) and UPnP IGD, keeps them alive while they are needed, and takes
// them back. Ways puts together what that gives, each address with how far it reaches.
//
// It asks the router and nobody else: no server on the internet learns of it, unless
// Options.STUN names one.
package reach

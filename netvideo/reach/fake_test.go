package reach

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"
)

// childFake is a router that is odd in the way that odd names. It speaks what is needed
// of NAT-PMP (RFC 6886) or of UPnP's IGD, and is otherwise silent.
func childFake(odd string) {
	kind, how, _ := strings.Cut(odd, " ")
	switch kind {
	case "upnp":
		go fakeSSDP(how)
		go fakeIGD(how)
	default:
		go fake5351(kind, how)
	}
	time.Sleep(100 * time.Millisecond) // the listeners
	fmt.Println("ready")
	select {}
}

// fake5351 answers on the port that PCP and NAT-PMP share.
func fake5351(kind, how string) {
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{Port: portPCP})
	if err != nil {
		panic(err)
	}
	b := make([]byte, 2000)
	for {
		n, from, err := conn.ReadFromUDP(b)
		if err != nil {
			return
		}
		for _, answer := range fakeAnswer(kind, how, b[:n]) {
			_, _ = conn.WriteToUDP(answer, from)
		}
	}
}

func fakeAnswer(kind, how string, q []byte) [][]byte {
	switch {
	case kind == "mute":
		return nil
	case kind == "garbage":
		return [][]byte{[]byte("HTTP/1.1 200 OK"), {}, make([]byte, 1500)}
	case kind == "pcp" && q[0] == versionPCP && len(q) >= sizeMap:
		a := answerPCP(q, 0)
		if how == "short" {
			return [][]byte{a[:30]}
		}
		a[24]++ // another's nonce
		return [][]byte{a}
	case kind != "natpmp":
		return nil
	case q[0] != 0:
		return [][]byte{{0, 0x80, 0, 1, 0, 0, 0, 0}} // unsupported version
	case q[1] == 0: // its address
		if how == "double" {
			return [][]byte{{0, 0x80, 0, 0, 0, 0, 0, 1, 10, 1, 2, 3}}
		}
		return [][]byte{{0, 0x80, 0, 0, 0, 0, 0, 1, 11, 22, 33, 44}}
	}
	a := make([]byte, 16)
	a[1] = q[1] | 0x80
	copy(a[8:16], q[4:12])
	switch how {
	case "refuse":
		a[3] = 2
	case "port":
		binary.BigEndian.PutUint16(a[10:], 4000)
	}
	return [][]byte{a}
}

// fakeSSDP answers searches for a gateway.
func fakeSSDP(how string) {
	group := &net.UDPAddr{IP: net.IPv4(239, 255, 255, 250), Port: 1900}
	lan, err := net.InterfaceByName("lan")
	if err != nil {
		panic(err)
	}
	conn, err := net.ListenMulticastUDP("udp4", lan, group)
	if err != nil {
		panic(err)
	}
	where, times := "http://"+labRouter+":5000/desc.xml", 1
	switch how {
	case "elsewhere":
		where = "http://" + labFriend + ":5000/desc.xml"
	case "storm":
		where, times = "http://"+labRouter+":1/%d.xml", 1000
	}
	b := make([]byte, 2000)
	for {
		n, from, err := conn.ReadFromUDP(b)
		if err != nil {
			return
		}
		if !strings.HasPrefix(string(b[:n]), "M-SEARCH") {
			continue
		}
		for i := range times {
			at := where
			if times > 1 {
				at = fmt.Sprintf(where, i)
			}
			fmt.Fprintf(writerTo{conn, from}, "HTTP/1.1 200 OK\r\nST: %s\r\nUSN: uuid:%d::%s\r\nLOCATION: %s\r\nCACHE-CONTROL: max-age=120\r\n\r\n", igd, i, igd, at)
		}
	}
}

type writerTo struct {
	conn *net.UDPConn
	to   *net.UDPAddr
}

func (w writerTo) Write(b []byte) (int, error) { return w.conn.WriteToUDP(b, w.to) }

const fakeDescription = `<?xml version="1.0"?><root xmlns="urn:schemas-upnp-org:device-1-0"><specVersion><major>1</major><minor>0</minor></specVersion>
<device><deviceType>urn:schemas-upnp-org:device:InternetGatewayDevice:1</deviceType><UDN>uuid:1</UDN><deviceList>
<device><deviceType>urn:schemas-upnp-org:device:WANDevice:1</deviceType><UDN>uuid:2</UDN><deviceList>
<device><deviceType>urn:schemas-upnp-org:device:WANConnectionDevice:1</deviceType><UDN>uuid:3</UDN><serviceList>
<service><serviceType>urn:schemas-upnp-org:service:WANIPConnection:1</serviceType><serviceId>urn:upnp-org:serviceId:WANIPConn1</serviceId>
<SCPDURL>/scpd.xml</SCPDURL><controlURL>/control</controlURL><eventSubURL>/event</eventSubURL></service>
</serviceList></device></deviceList></device></deviceList></device></root>`

// fakeIGD is the gateway's web server.
func fakeIGD(how string) {
	mux := http.NewServeMux()
	mux.HandleFunc("/desc.xml", func(w http.ResponseWriter, r *http.Request) {
		switch how {
		case "garbage":
			fmt.Fprint(w, "<root><<<")
		case "slow":
			<-r.Context().Done()
		case "endless":
			fmt.Fprint(w, `<?xml version="1.0"?><root xmlns="urn:schemas-upnp-org:device-1-0">`)
			for r.Context().Err() == nil {
				fmt.Fprint(w, strings.Repeat("<a></a>", 1000))
			}
		default:
			fmt.Fprint(w, fakeDescription)
		}
	})
	mux.HandleFunc("/control", func(w http.ResponseWriter, r *http.Request) {
		body := new(strings.Builder)
		_ = r.Write(body)
		fakeSOAP(w, how, r.Header.Get("SOAPACTION"), body.String())
	})
	_ = http.ListenAndServe(labRouter+":5000", mux)
}

func fakeSOAP(w http.ResponseWriter, how, action, body string) {
	_, action, _ = strings.Cut(strings.Trim(action, `"`), "#")
	envelope := `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>%s</s:Body></s:Envelope>`
	fault := func(code int) {
		w.WriteHeader(http.StatusInternalServerError)
		fmt.Fprintf(w, envelope, fmt.Sprintf(`<s:Fault><faultcode>s:Client</faultcode><faultstring>UPnPError</faultstring><detail><UPnPError xmlns="urn:schemas-upnp-org:control-1-0"><errorCode>%d</errorCode><errorDescription>no</errorDescription></UPnPError></detail></s:Fault>`, code))
	}
	inner := ""
	switch action {
	case "GetSpecificPortMappingEntry":
		fault(noSuchEntry)
		return
	case "AddPortMapping":
		if how == "permanent" && !strings.Contains(body, "<NewLeaseDuration>0<") {
			fault(permanentOnly)
			return
		}
	case "GetExternalIPAddress":
		address := labWAN
		switch how {
		case "private":
			address = "192.168.1.7"
		case "noaddress":
			address = ""
		}
		inner = "<NewExternalIPAddress>" + address + "</NewExternalIPAddress>"
	}
	fmt.Fprintf(w, envelope, fmt.Sprintf(`<u:%sResponse xmlns:u="urn:schemas-upnp-org:service:WANIPConnection:1">%s</u:%sResponse>`, action, inner, action))
}

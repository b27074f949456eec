using Polydev.Broker.Keys;
using Polydev.Protos.V1;

namespace Polydev.Broker.Tunnels;

/// <summary>What came of a tunnel's knock: its hello and whose it is, or why it is refused.</summary>
internal sealed record TunnelAdmission(Hello? Hello, Credential? Credential, Refused? Refused)
{
    public static TunnelAdmission Refuse(RefusalReason reason, string message) =>
        new(null, null, new Refused { Reason = reason, Permanent = true, Message = message });
}

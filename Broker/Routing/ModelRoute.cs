using Polydev.Broker.Tunnels;
using Polydev.Protos.V1;

namespace Polydev.Broker.Routing;

/// <summary>Where a call goes: a tunnel, its CLI, and the model id that this CLI is given.</summary>
internal sealed record ModelRoute(TunnelSession Session, CliInfo Cli, string Model);

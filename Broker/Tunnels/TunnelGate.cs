using Grpc.Core;
using Microsoft.Extensions.Options;
using Polydev.Broker.Keys;
using Polydev.Protos.V1;
using Polydev.Shared.Tunnel;

namespace Polydev.Broker.Tunnels;

/// <summary>Lets in tunnels with a good token that speak our protocol.</summary>
internal sealed class TunnelGate(
    CredentialAuthenticator credentials,
    Revocations revocations,
    TunnelRegistry registry,
    IOptions<TunnelOptions> options,
    TimeProvider time)
{
    private const string Scheme = "Bearer ";

    public async Task<TunnelAdmission> AdmitAsync(IAsyncStreamReader<ClientFrame> reader, ServerCallContext context)
    {
        var header = context.RequestHeaders.GetValue("authorization");
        var token = header?.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) == true ? header[Scheme.Length..] : null;
        var credential = await credentials.AuthenticateAsync(CredentialKind.TunnelToken, token, context.CancellationToken);
        if (credential is null)
        {
            return TunnelAdmission.Refuse(
                RefusalReason.Unauthenticated,
                "The tunnel token is unknown or revoked. Run `polydev-mcp login`, or make one with `polydev-broker token create "
                + "--name NAME` and set it as POLYDEV_USER_TOKEN.");
        }

        if (registry.IsClosing)
        {
            return TunnelAdmission.NotNow("The broker is stopping.");
        }

        // A first frame that is late, never comes or cannot be read is a bad line, and no reason to stay away.
        if (await ReadFirstAsync(reader, context.CancellationToken) is { } wrong)
        {
            return wrong;
        }

        var hello = reader.Current.Hello;
        return hello switch
        {
            null => TunnelAdmission.Refuse(RefusalReason.UnsupportedProtocol, "The first frame was no Hello."),
            { TunnelId.Length: > CatalogBounds.MaxNameChars } => TunnelAdmission.Refuse(
                RefusalReason.UnsupportedProtocol, $"The tunnel's id is longer than {CatalogBounds.MaxNameChars} characters."),
            { Protocol: not TunnelProtocol.Version } => TunnelAdmission.Refuse(
                RefusalReason.UnsupportedProtocol,
                $"This broker speaks protocol {TunnelProtocol.Version}, the tunnel {hello.Protocol}: update the older of the two."),
            _ => new TunnelAdmission(hello, credential, null),
        };
    }

    /// <summary>A running tunnel ends when its token is revoked.</summary>
    public RevocationWatch Watch(Credential credential) => revocations.Watch(credential);

    // Null once the first frame is there, else why it is not.
    private async Task<TunnelAdmission?> ReadFirstAsync(IAsyncStreamReader<ClientFrame> reader, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(options.Value.HelloTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            if (!await reader.MoveNext(either.Token))
            {
                return TunnelAdmission.Knock;
            }

            LargeGarbage.AddSaid(reader.Current.CalculateSize());
            return null;
        }
        catch (Exception e) when (limit.IsCancellationRequested && TunnelService.IsOfAnEndedStream(e))
        {
            return TunnelAdmission.NotNow("The tunnel said no hello in time.");
        }
        catch (Exception e) when (TunnelService.IsOfAnEndedStream(e))
        {
            return TunnelAdmission.NotNow("The tunnel's first frame could not be read.");
        }
    }
}

/// <summary>What came of a tunnel's knock: its hello and whose it is, or why it is refused.</summary>
internal sealed record TunnelAdmission(Hello? Hello, Credential? Credential, Refused? Refused)
{
    /// <summary>A good token, and then the stream's end: <c>polydev-mcp doctor</c> asks so whether its token is good.</summary>
    public static TunnelAdmission Knock { get; } = NotNow("The tunnel closed the stream before its hello.");

    public static TunnelAdmission Refuse(RefusalReason reason, string message) =>
        new(null, null, new Refused { Reason = reason, Permanent = true, Message = message });

    /// <summary>To be tried again, here or at a successor.</summary>
    public static TunnelAdmission NotNow(string message) =>
        new(null, null, new Refused { Message = message, RetryAfterMs = 200 });

    /// <summary>The account has as many as it may: another has to go first.</summary>
    public static TunnelAdmission TooMany(int most) => new(null, null, new Refused
    {
        Reason = RefusalReason.TooManyTunnels,
        Message = $"This account has {most} tunnels connected, and may have no more. Stop one that is not needed.",
        RetryAfterMs = 30_000,
    });
}

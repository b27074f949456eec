using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Tunnel;
using Polydev.Shared.Tokens;

namespace Polydev.McpTunnel.Doctor;

/// <summary>
/// Asks the broker once for all checks: what it says of itself, then whether it would let our token in. No tunnel is opened: one that runs
/// is left alone. Both questions have their own limits, of 10 and 15 s.
/// </summary>
internal sealed class BrokerExam
{
    // Where there is no token to show, the answer tells all the same whether somebody is there.
    private const string NoToken = "none";

    private readonly Lazy<Task<BrokerAnswer>> _answer;
    private readonly Lazy<Task<ConnectionEnd?>> _knock;
    private readonly BrokerLoop _loop;
    private readonly TimeProvider _time;

    public BrokerExam(TunnelSettings settings, BrokerLoop loop, TimeProvider time)
    {
        (Settings, _loop, _time) = (settings, loop, time);
        _answer = new Lazy<Task<BrokerAnswer>>(AskAsync);
        _knock = new Lazy<Task<ConnectionEnd?>>(KnockAsync);
    }

    public TunnelSettings Settings { get; }

    /// <summary>A token as a broker gives them out; what is none is not sent.</summary>
    public SecretToken? Token => SecretToken.TryParse(TokenPrefixes.Tunnel, Settings.Token, out var token) ? token : null;

    /// <summary>Null where nothing may be sent with these settings.</summary>
    public string? NotAsked => Settings is { Problem: not null, IsLoggedOut: false } ? "The settings come first." : null;

    public Task<BrokerAnswer> AnswerAsync(CancellationToken cancellationToken) => _answer.Value.WaitAsync(cancellationToken);

    /// <summary>As of <see cref="TunnelStream.KnockAsync"/>; null where the broker itself has given no answer.</summary>
    public Task<ConnectionEnd?> KnockAsync(CancellationToken cancellationToken) => _knock.Value.WaitAsync(cancellationToken);

    private async Task<BrokerAnswer> AskAsync()
    {
        var sight = new BrokerSight(_time);
        if (NotAsked is { } reason)
        {
            return new BrokerAnswer(sight) { Problem = reason };
        }

        try
        {
            var address = await BrokerDiscovery.AskAsync(Settings, CancellationToken.None, sight);
            _loop.Learn(Settings.Broker, Settings.Grpc, address?.Grpc, address?.Api);
            return new BrokerAnswer(sight) { Address = address, HasAnswered = true };
        }
        catch (ConnectionEndedException e)
        {
            var isTls = e.InnerException is HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError };
            return new BrokerAnswer(sight) { Problem = e.Message, IsTlsProblem = isTls };
        }
    }

    private async Task<ConnectionEnd?> KnockAsync()
    {
        var answer = await _answer.Value;
        if (!answer.HasAnswered)
        {
            return null;
        }

        try
        {
            var grpc = BrokerDiscovery.Choose(Settings, answer.Address).Grpc;
            return await TunnelStream.KnockAsync(grpc, Token?.Reveal() ?? NoToken, Settings.Trust, _time);
        }
        catch (ConnectionEndedException e)
        {
            return e.End;
        }
    }
}

/// <summary>What a broker has said, and what was seen of it meanwhile.</summary>
internal sealed record BrokerAnswer(BrokerSight Sight)
{
    public bool HasAnswered { get; init; }

    public BrokerAddress? Address { get; init; }

    /// <summary>Why there was no answer, and what to do.</summary>
    public string? Problem { get; init; }

    /// <summary>There was none because no connection could be trusted, or none be agreed.</summary>
    public bool IsTlsProblem { get; init; }
}

using System.Collections.Immutable;

namespace Polydev.Broker.Tunnels;

/// <summary>The live sessions of each account, the newest last.</summary>
internal sealed class TunnelRegistry
{
    private readonly Lock _lock = new();
    private ImmutableDictionary<string, ImmutableList<TunnelSession>> _sessions =
        ImmutableDictionary.Create<string, ImmutableList<TunnelSession>>(StringComparer.Ordinal);

    /// <summary>Raised after each change, outside the lock.</summary>
    public event Action? Changed;

    public IReadOnlyList<TunnelSession> Of(string accountId) => _sessions.GetValueOrDefault(accountId, []);

    public IEnumerable<TunnelSession> All => _sessions.Values.SelectMany(sessions => sessions);

    /// <summary>Adds a session; an older one of the same tunnel is returned, and is no longer routed to.</summary>
    public TunnelSession? Add(TunnelSession session)
    {
        TunnelSession? replaced;
        lock (_lock)
        {
            var sessions = _sessions.GetValueOrDefault(session.AccountId, []);
            replaced = sessions.Find(other => other.TunnelId == session.TunnelId);
            _sessions = _sessions.SetItem(session.AccountId, (replaced is null ? sessions : sessions.Remove(replaced)).Add(session));
        }

        Changed?.Invoke();
        return replaced;
    }

    /// <summary>Removes this very session, never a successor of the same tunnel.</summary>
    public void Remove(TunnelSession session)
    {
        lock (_lock)
        {
            var left = _sessions.GetValueOrDefault(session.AccountId, []).Remove(session);
            _sessions = left.IsEmpty ? _sessions.Remove(session.AccountId) : _sessions.SetItem(session.AccountId, left);
        }

        Changed?.Invoke();
    }
}

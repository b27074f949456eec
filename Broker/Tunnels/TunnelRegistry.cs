using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using Polydev.Broker.Presence;

namespace Polydev.Broker.Tunnels;

/// <summary>The live sessions of this process. As a directory it tells them as data; only the exchange asks for a session.</summary>
internal sealed class TunnelRegistry(IOptions<TunnelOptions> options, TimeProvider time) : ITunnelDirectory
{
    private readonly ConcurrentDictionary<string, TunnelAccount> _accounts = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, TunnelSession> _sessions = new(StringComparer.Ordinal);

    // Read by whoever comes after the broker began to stop.
    private volatile bool _isClosing;

    // From the registry's start, not from an account's first call: who calls first is not who has just started.
    private readonly long _started = time.GetTimestamp();

    public TunnelOptions Options => options.Value;

    public IEnumerable<TunnelSession> All => _sessions.Values;

    public bool IsClosing => _isClosing;

    public TunnelAccount Account(string accountId) =>
        _accounts.TryGetValue(accountId, out var known) ? known : _accounts.GetOrAdd(accountId, NewAccount);

    /// <summary>The live session of that id, or null once it takes no new work.</summary>
    public TunnelSession? Find(string sessionId) =>
        _sessions.TryGetValue(sessionId, out var session) && session is { IsClosed: false, IsDraining: false } ? session : null;

    /// <summary>Adds a session, and closes an older one of the same tunnel, unless that one drains.</summary>
    /// <returns>False where its account has as many as it may.</returns>
    public bool TryAdd(TunnelSession session)
    {
        _sessions[session.Id] = session;
        if (!session.Account.TryAdd(session, out var replaced))
        {
            _sessions.TryRemove(session.Id, out _);
            return false;
        }

        replaced?.Close();
        if (_isClosing)
        {
            // It was let in just before the broker began to stop: it goes to the successor.
            session.Close();
        }

        return true;
    }

    /// <summary>Removes this very session; what it carried fails.</summary>
    public void Remove(TunnelSession session)
    {
        _sessions.TryRemove(session.Id, out _);
        session.Account.Remove(session);
    }

    /// <summary>No tunnel is awaited here from now on: they go to this broker's successor.</summary>
    public void Close()
    {
        _isClosing = true;
        foreach (var account in _accounts.Values)
        {
            account.Close();
        }
    }

    /// <summary>Ends once no account has work in hand. To be asked after <see cref="Close"/>.</summary>
    public Task WhenIdleAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(_accounts.Values.Select(account => account.WhenIdleAsync(cancellationToken)));

    public ValueTask<AccountTunnels> FindAsync(string accountId, CancellationToken cancellationToken) => new(Account(accountId).Describe());

    public Task WaitForChangeAsync(AccountTunnels seen, CancellationToken cancellationToken) =>
        Account(seen.AccountId).WaitForChangeAsync(seen.Version, cancellationToken);

    public ValueTask<DirectorySummary> SummarizeAsync(CancellationToken cancellationToken)
    {
        var sessions = _sessions.Values.Where(session => !session.IsDraining).ToList();
        var tunnels = sessions.DistinctBy(session => (session.Account, session.TunnelId)).Count();
        return new(new DirectorySummary(tunnels, _accounts.Values.Sum(account => account.InFlight)));
    }

    private TunnelAccount NewAccount(string accountId)
    {
        var account = new TunnelAccount(accountId, options.Value, _started, time);
        if (_isClosing)
        {
            account.Close();
        }

        return account;
    }
}

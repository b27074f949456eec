using Polydev.Broker.Audit;
using Polydev.Shared.Text;
using Polydev.Shared.Tokens;

namespace Polydev.Broker.SignIn;

/// <summary>
/// Begins sessions, and tells whether one still holds: by its row, on each page, so that signing out counts at once and on every broker of
/// the database. Pages are few beside calls, and a row is read in one look-up by its key.
/// </summary>
internal sealed class Sessions(ISessionStore store, TimeProvider time)
{
    /// <summary>From the sign-in on, however much it is used.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(30);

    /// <summary>How exactly it is noted when a session was last seen: a row is not written for each page.</summary>
    public static readonly TimeSpan SeenWithin = TimeSpan.FromMinutes(5);

    private const string Prefix = "ps_";
    private const int LongestBrowser = 200;

    public async Task<IssuedSession> BeginAsync(
        string accountId, string? browser, string address, CancellationToken cancellationToken)
    {
        var secret = SecretToken.Create(Prefix);
        var now = time.GetUtcNow();
        var session = new Session
        {
            Id = secret.Id,
            AccountId = accountId,
            SecretHash = secret.Hash(),
            Browser = PlainText.Line(browser, LongestBrowser),
            Address = address,
            CreatedAt = now,
            SeenAt = now,
            ExpiresAt = now + Lifetime,
        };
        var actor = Actor.Session(session.Id, session.Browser, address);
        await store.CreateAsync(session, AuditEntry.Of(accountId, AuditActions.SignedIn, actor, now), cancellationToken);
        return new IssuedSession(session, secret);
    }

    /// <summary>Null where there is none, or it has ended.</summary>
    public async Task<Session?> FindAsync(string? presented, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (!SecretToken.TryParse(Prefix, presented, out var token)
            || await store.FindAsync(token.Id, cancellationToken) is not { } session
            || !token.Matches(session.SecretHash)
            || !session.IsGoodAt(now))
        {
            return null;
        }

        if (now - session.SeenAt >= SeenWithin)
        {
            await store.NoteSeenAsync(session.Id, now, cancellationToken);
        }

        return session;
    }

    /// <summary>The account's that are good, newest first.</summary>
    public Task<IReadOnlyList<Session>> ListAsync(string accountId, CancellationToken cancellationToken) =>
        store.ListAsync(accountId, time.GetUtcNow(), cancellationToken);

    public Task<bool> EndAsync(Session session, CancellationToken cancellationToken) =>
        store.EndAsync(session.AccountId, session.Id, time.GetUtcNow(), cancellationToken);

    /// <summary>On every browser, this one too.</summary>
    public Task<int> EndAllAsync(string accountId, Actor actor, CancellationToken cancellationToken) => store.EndAllAsync(
        accountId, AuditEntry.Of(accountId, AuditActions.SignedOutEverywhere, actor, time.GetUtcNow()), cancellationToken);
}

/// <summary>A new session, with the secret that goes into the browser's cookie.</summary>
internal sealed record IssuedSession(Session Session, SecretToken Secret);

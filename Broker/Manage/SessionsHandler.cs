using Polydev.Broker.SignIn;

namespace Polydev.Broker.Manage;

/// <summary>Browsers that are signed in to the caller's account.</summary>
internal sealed class SessionsHandler(Sessions sessions)
{
    public async Task ListAsync(HttpContext context)
    {
        var caller = ManageCaller.Of(context);
        var all = await sessions.ListAsync(caller.AccountId, context.RequestAborted);
        var body = new SessionsBody([.. all.Select(session => new SessionBody(
            session.Id,
            session.Browser,
            session.Address,
            session.CreatedAt,
            session.SeenAt,
            session.ExpiresAt,
            session.Id == caller.SessionId))]);
        await ManageJson.WriteAsync(context, body, ManageJson.Default.SessionsBody);
    }

    /// <summary>The caller's own too, where it is one.</summary>
    public async Task EndAllAsync(HttpContext context)
    {
        var caller = ManageCaller.Of(context);
        var ended = await sessions.EndAllAsync(caller.AccountId, caller.Actor, CancellationToken.None);
        await ManageJson.WriteAsync(context, new EndedSessionsBody(ended), ManageJson.Default.EndedSessionsBody);
    }
}

/// <summary>Those that are good, newest first.</summary>
internal sealed record SessionsBody(IReadOnlyList<SessionBody> Sessions);

/// <param name="SeenAt">To five minutes.</param>
/// <param name="Current">It is the one that asks.</param>
internal sealed record SessionBody(
    string Id,
    string Browser,
    string Address,
    DateTimeOffset CreatedAt,
    DateTimeOffset SeenAt,
    DateTimeOffset ExpiresAt,
    bool Current);

/// <param name="Ended">How many.</param>
internal sealed record EndedSessionsBody(int Ended);

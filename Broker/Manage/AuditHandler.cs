using Polydev.Broker.Audit;

namespace Polydev.Broker.Manage;

/// <summary>The audit trail of the caller's account.</summary>
internal sealed class AuditHandler(IAuditStore audit)
{
    public async Task ListAsync(HttpContext context)
    {
        var query = ManageQuery.Read(context);
        var page = await audit.ListAsync(
            new AuditQuery
            {
                AccountId = ManageCaller.Of(context).AccountId,
                SubjectId = query.Text(ManageFields.SubjectId),
                After = query.Text(ManageFields.Cursor),
                PageSize = ManageFields.PageSizeOf(query, AuditQuery.LargestPage),
            },
            context.RequestAborted);
        await ManageJson.WriteAsync(
            context, new AuditBody([.. page.Entries.Select(AuditEntryBody.Of)], page.Next), ManageJson.Default.AuditBody);
    }
}

/// <summary>The newest first.</summary>
/// <param name="NextCursor">Null: this was the last page.</param>
internal sealed record AuditBody(IReadOnlyList<AuditEntryBody> Entries, string? NextCursor);

/// <summary>Who changed what. The subject's name is the one before the change.</summary>
internal sealed record AuditEntryBody(
    string Id, DateTimeOffset At, string Action, AuditActorBody Actor, string SubjectId, string SubjectName, string Detail)
{
    public static AuditEntryBody Of(AuditEntry entry) => new(
        entry.Id,
        entry.At,
        entry.Action,
        new AuditActorBody(
            entry.Actor.Kind switch
            {
                ActorKind.Session => "session",
                ActorKind.AccountToken => "account_token",
                ActorKind.Machine => "machine",
                _ => "command_line",
            },
            entry.Actor.Id,
            entry.Actor.Name,
            entry.Actor.Address),
        entry.SubjectId,
        entry.SubjectName,
        entry.Detail);
}

/// <param name="Kind">"session", "account_token", "machine" or "command_line".</param>
internal sealed record AuditActorBody(string Kind, string Id, string Name, string Address);

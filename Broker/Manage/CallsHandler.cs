using Polydev.Broker.Calls;
using Polydev.Broker.Errors;

namespace Polydev.Broker.Manage;

/// <summary>Calls of the caller's account that have ended: figures and names, never content.</summary>
internal sealed class CallsHandler(IUsageStore calls)
{
    public async Task ListAsync(HttpContext context)
    {
        var query = ManageQuery.Read(context);
        var page = await calls.ListAsync(Asked(ManageCaller.Of(context), query), context.RequestAborted);
        await ManageJson.WriteAsync(
            context, new CallsBody([.. page.Calls.Select(CallBody.Of)], page.Next?.ToString()), ManageJson.Default.CallsBody);
    }

    public async Task GetAsync(HttpContext context)
    {
        var call = await calls.FindAsync(
            ManageCaller.Of(context).AccountId, (string)context.GetRouteValue(ManageFields.CallId)!, context.RequestAborted)
            ?? throw new ManageException(ManageError.NotFound);
        await ManageJson.WriteAsync(context, CallBody.Of(call), ManageJson.Default.CallBody);
    }

    private static CallQuery Asked(ManageCaller caller, ManageQuery query)
    {
        var result = query.Text(ManageFields.Result);
        return new CallQuery
        {
            AccountId = caller.AccountId,
            KeyId = query.Text(ManageFields.KeyId),
            MachineId = query.Text(ManageFields.MachineId),
            Machine = query.Text(ManageFields.Machine),
            Model = query.Text(ManageFields.Model),
            Provider = query.Text(ManageFields.Provider),
            Outcome = query.Text(ManageFields.Outcome),
            Result = result switch
            {
                "answered" => CallResult.Answered,
                "refused" => CallResult.Refused,
                "failed" => CallResult.Failed,
                "cancelled" => CallResult.Cancelled,
                _ => null,
            },
            IsNotAnswered = result == "not_answered",
            From = query.Time(ManageFields.From),
            To = query.Time(ManageFields.To),
            After = CursorOf(query.Text(ManageFields.Cursor)),
            PageSize = ManageFields.PageSizeOf(query, CallQuery.LargestPage),
        };
    }

    private static CallCursor? CursorOf(string? text) => text is null ? null
        : CallCursor.Parse(text) ?? throw new RefusedChangeException(new FieldProblem(ManageFields.Cursor, "A next_cursor of this list."));
}

/// <summary>The newest first.</summary>
/// <param name="NextCursor">Null: this was the last page.</param>
internal sealed record CallsBody(IReadOnlyList<CallBody> Calls, string? NextCursor);

/// <summary>One call. What is not known, or was not there, is empty or null.</summary>
internal sealed record CallBody
{
    public required string Id { get; init; }

    public required string KeyId { get; init; }

    public required DateTimeOffset BeganAt { get; init; }

    /// <summary>As it was asked for.</summary>
    public required string Model { get; init; }

    public required string Dialect { get; init; }

    /// <summary>The CLI.</summary>
    public required string Provider { get; init; }

    public required string CliVersion { get; init; }

    public required string Machine { get; init; }

    public required string MachineId { get; init; }

    public bool? Streamed { get; init; }

    public required int Status { get; init; }

    /// <summary>"answered", "refused", "failed" or "cancelled".</summary>
    public required string Result { get; init; }

    public required string Outcome { get; init; }

    /// <summary>Whose limit refused it: "hour", "day", "month", "account" or "vendor".</summary>
    public required string RefusedBy { get; init; }

    public required string StopReason { get; init; }

    /// <summary>Request fields that its CLI did not honour.</summary>
    public required IReadOnlyList<string> Ignored { get; init; }

    public long? SlotWaitMs { get; init; }

    public long? FirstTokenMs { get; init; }

    public required long DurationMs { get; init; }

    public required long InputTokens { get; init; }

    public required long CachedTokens { get; init; }

    public required long OutputTokens { get; init; }

    public required long ThinkingTokens { get; init; }

    public static CallBody Of(RecordedCall call) => new()
    {
        Id = call.Id,
        KeyId = call.KeyId,
        BeganAt = call.BeganAt,
        Model = call.Model,
        Dialect = call.Dialect,
        Provider = call.Provider,
        CliVersion = call.CliVersion,
        Machine = call.Machine,
        MachineId = call.MachineId,
        Streamed = call.IsStreamed,
        Status = call.Status,
        Result = call.Result switch
        {
            CallResult.Answered => "answered",
            CallResult.Refused => "refused",
            CallResult.Cancelled => "cancelled",
            _ => "failed",
        },
        Outcome = call.Outcome,
        RefusedBy = call.RefusedBy,
        StopReason = call.StopReason,
        Ignored = call.Ignored.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
        SlotWaitMs = call.SlotWaitMilliseconds,
        FirstTokenMs = call.FirstTokenMilliseconds,
        DurationMs = call.DurationMilliseconds,
        InputTokens = call.InputTokens,
        CachedTokens = call.CachedTokens,
        OutputTokens = call.OutputTokens,
        ThinkingTokens = call.ThinkingTokens,
    };
}

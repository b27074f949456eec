using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Polydev.Broker.Dialects;
using Polydev.Broker.Dialects.OpenAiResponses;
using Polydev.Broker.Errors;
using Polydev.Broker.Stored;

namespace Polydev.Broker.Api;

/// <summary>
/// What OpenAI's API has for a response that was stored: to read it, what it was asked, to end it and to forget it. No CLI is asked, and
/// nothing counts in the key's windows.
/// </summary>
internal sealed class StoredResponseHandler(CallAdmission admission, StoredResponses stored)
{
    // OpenAI's own (docs: "List input items").
    private const int MostItems = 100;
    private const int SomeItems = 20;

    public Task GetAsync(HttpContext context) => HandleAsync(context, async (id, ending) =>
    {
        if (context.Request.Query["stream"] == "true")
        {
            throw new ApiException(ApiError.Invalid(
                "stream", "Only responses that are made in the background can be streamed anew; none is made so here."));
        }

        await ReadAsync(context, id, (output, record) => ResponseBodies.Write(output, ResponseRecord.ResponseOf(record)), ending);
    });

    public Task ListInputAsync(HttpContext context) => HandleAsync(context, (id, ending) =>
    {
        var query = context.Request.Query;
        var page = new InputPage(LimitOf(query["limit"]), IsAscending(query["order"]), query["after"]);
        return ReadAsync(context, id, (output, record) => ResponseBodies.WriteInput(output, record, page), ending);
    });

    /// <summary>Only what is made in the background can be ended so, and nothing is.</summary>
    public Task CancelAsync(HttpContext context) => HandleAsync(context, (id, ending) => ReadAsync(context, id, (_, _) =>
        throw new ApiException(ApiError.Invalid("response_id", "Cannot cancel a synchronous response: it has ended.")), ending));

    public Task DeleteAsync(HttpContext context) => HandleAsync(context, async (id, ending) =>
    {
        if (!await stored.RemoveAsync(CallRecord.Of(context).Caller, id, ending))
        {
            throw NotFound(id);
        }

        ResponseBodies.WriteDeleted(context.Response.BodyWriter, id);
    });

    private async Task HandleAsync(HttpContext context, Func<string, CancellationToken, Task> handle)
    {
        using var life = admission.Admit(context, CallRecord.Of(context).Caller);
        try
        {
            context.Response.ContentType = "application/json; charset=utf-8";
            await handle((string)context.Request.RouteValues["response_id"]!, life.Ending);
            await context.Response.BodyWriter.FlushAsync(life.Ending);
        }
        catch (OperationCanceledException) when (life.Reason is { } reason)
        {
            throw new ApiException(reason);
        }
    }

    private async Task ReadAsync(
        HttpContext context, string id, Action<IBufferWriter<byte>, JsonElement> write, CancellationToken ending)
    {
        var named = new AnswerReferences(null, [id]);
        using var found = await EarlierRecords.FindAsync(stored, CallRecord.Of(context).Caller, named, ending);
        var body = new ArrayBufferWriter<byte>();
        try
        {
            write(body, found!.Parse().Others is [var record] ? record : throw NotFound(id));
        }
        catch (Exception e) when (e is InvalidOperationException or KeyNotFoundException)
        {
            // It is JSON, but not what the tunnel was given.
            throw EarlierAnswers.Broken();
        }

        context.Response.BodyWriter.Write(body.WrittenSpan);
    }

    private static ApiException NotFound(string id) => new(ApiError.Invalid(
        "response_id", $"Response with id '{id}' not found. {AnswerReferences.Held}", ApiErrorKind.NotFound));

    private static int LimitOf(string? limit) => limit switch
    {
        null => SomeItems,
        _ when int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out var most) && most is > 0 and <= MostItems => most,
        _ => throw new ApiException(ApiError.Invalid("limit", $"Invalid 'limit': expected a whole number of 1 to {MostItems}.")),
    };

    private static bool IsAscending(string? order) => order switch
    {
        null or "desc" => false,
        "asc" => true,
        _ => throw new ApiException(ApiError.Invalid("order", "Invalid 'order': supported values are 'asc' and 'desc'.")),
    };
}

using Polydev.Broker.Dialects.OpenAi;
using Polydev.Broker.Errors;
using Polydev.Broker.Routing;

namespace Polydev.Broker.Api;

/// <summary>The models that the caller's tunnels answer now, in the caller's dialect.</summary>
internal sealed class ModelsHandler(ModelCatalog catalog)
{
    public async Task ListAsync(HttpContext context)
    {
        var record = CallRecord.Of(context);
        context.Response.ContentType = "application/json; charset=utf-8";
        if (IsCodex(context.Request))
        {
            OpenAiFamily.WriteNoMetadata(context.Response.BodyWriter);
        }
        else
        {
            var models = await catalog.ListAsync(record.Caller.AccountId, context.RequestAborted);
            record.Family.WriteModels(context.Response.BodyWriter, models);
        }

        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }

    public async Task GetAsync(HttpContext context, string id)
    {
        var record = CallRecord.Of(context);
        record.Model = id;
        var found = await catalog.FindAsync(record.Caller.AccountId, id, context.RequestAborted) ?? throw new ApiException(NotOffered(id));
        context.Response.ContentType = "application/json; charset=utf-8";
        record.Family.WriteModel(context.Response.BodyWriter, found);
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }

    // Codex as a client asks for its own metadata of models, prompts and tools of each among it, and says so by its version.
    private static bool IsCodex(HttpRequest request) => request.Query.ContainsKey("client_version");

    private static ApiError NotOffered(string id) =>
        new(ApiErrorKind.ModelNotFound, $"The model '{id}' is not offered by the CLIs that are connected now.") { Param = "model" };
}

using Polydev.Broker.Errors;
using Polydev.Broker.Routing;

namespace Polydev.Broker.Api;

/// <summary>The models that the caller's tunnels answer now, in the caller's dialect.</summary>
internal sealed class ModelsHandler(ModelCatalog catalog)
{
    public async Task ListAsync(HttpContext context)
    {
        var call = ApiCall.Of(context);
        context.Response.ContentType = "application/json; charset=utf-8";
        call.Family.WriteModels(context.Response.BodyWriter, await catalog.ListAsync(call.Caller.AccountId, context.RequestAborted));
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }

    public async Task GetAsync(HttpContext context, string model)
    {
        var call = ApiCall.Of(context);
        var found = await catalog.FindAsync(call.Caller.AccountId, model, context.RequestAborted)
            ?? throw new ApiException(new ApiError(ApiErrorKind.ModelNotFound, $"The model '{model}' is not offered by the CLIs that are connected now.") { Param = "model" });
        context.Response.ContentType = "application/json; charset=utf-8";
        call.Family.WriteModel(context.Response.BodyWriter, found);
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }
}

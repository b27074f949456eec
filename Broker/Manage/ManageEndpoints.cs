using Polydev.Broker.Reference;

namespace Polydev.Broker.Manage;

/// <summary>Every address of the management API: all that the dashboard can do, as JSON.</summary>
internal static class ManageEndpoints
{
    /// <summary>All below it is the management API's; none of it takes a key, and CORS lets no page in.</summary>
    public const string Root = "/api/manage";

    private const string OneKey = $"/keys/{{{ManageFields.KeyId}}}";
    private const string OneMachine = $"/machines/{{{ManageFields.MachineId}}}";

    public static void MapManage(this IEndpointRouteBuilder routes)
    {
        var api = new ManageRoutes(routes.MapGroup($"{Root}/v1"));
        MapAccount(api, routes.ServiceProvider);
        MapKeys(api, routes.ServiceProvider.GetRequiredService<KeysHandler>());
        MapMachines(api, routes.ServiceProvider.GetRequiredService<MachinesHandler>());
        MapCalls(api, routes.ServiceProvider);
        MapTokens(api, routes.ServiceProvider.GetRequiredService<TokensHandler>());
    }

    private static void MapAccount(ManageRoutes api, IServiceProvider services)
    {
        var overview = services.GetRequiredService<OverviewHandler>();
        var account = services.GetRequiredService<AccountHandler>();
        var sessions = services.GetRequiredService<SessionsHandler>();
        var audit = services.GetRequiredService<AuditHandler>();
        const string Tag = "Account";
        api.Look(
            "/overview", Asked("getOverview", Tag, "Whether calls work now, and if not, why", typeof(OverviewBody)), overview.GetAsync);
        api.Look("/account", Asked("getAccount", Tag, "The account, its tier and its month", typeof(AccountBody)), account.GetAsync);
        api.Change(
            "DELETE",
            "/account",
            Asked("deleteAccount", Tag, "Delete the account and all that is kept of it, at once and for ever") with
            {
                Body = [ManageFields.Name with { Description = "The account's name, as a confirmation." }],
                Status = StatusCodes.Status204NoContent,
            },
            account.DeleteAsync);
        api.Look(
            "/export",
            Asked("exportAccount", Tag, "All that is kept of the account, as one JSON array of rows", typeof(object[])),
            account.ExportAsync);
        api.Look(
            "/audit",
            Asked("listAudit", Tag, "Who changed what, newest first", typeof(AuditBody)) with { Query = ManageFields.Audit },
            audit.ListAsync);
        api.Look("/sessions", Asked("listSessions", Tag, "Browsers that are signed in", typeof(SessionsBody)), sessions.ListAsync);
        api.Change(
            "POST",
            "/sessions/end-all",
            Asked("endAllSessions", Tag, "Sign out everywhere, here too", typeof(EndedSessionsBody)),
            sessions.EndAllAsync);
    }

    private static void MapKeys(ManageRoutes api, KeysHandler keys)
    {
        const string Tag = "Keys";
        api.Look("/keys", Asked("listKeys", Tag, "API keys, revoked ones too", typeof(KeysBody)), keys.ListAsync);
        api.Change(
            "POST",
            "/keys",
            Asked("createKey", Tag, "Make a key; its secret is told this once", typeof(KeyBody)) with
            {
                Body = [ManageFields.Name, .. ManageFields.Limits],
                Status = StatusCodes.Status201Created,
            },
            keys.CreateAsync);
        api.Look(OneKey, Asked("getKey", Tag, "One key, with its windows", typeof(KeyBody)), keys.GetAsync);
        api.Change(
            "PATCH",
            OneKey,
            Asked("changeKey", Tag, "Change its name or limits; what is left out stays", typeof(KeyBody)) with
            {
                Body = [ManageFields.NewName, .. ManageFields.Limits],
            },
            keys.ChangeAsync);
        api.Change(
            "POST", $"{OneKey}/revoke", Asked("revokeKey", Tag, "End it; its running calls end too", typeof(KeyBody)), keys.RevokeAsync);
        api.Change(
            "POST",
            $"{OneKey}/rotate",
            Asked("rotateKey", Tag, "Give it a new secret, told this once", typeof(KeyBody)) with { Body = [ManageFields.OldSecretLife] },
            keys.RotateAsync);
        api.Change(
            "POST",
            $"{OneKey}/end-old-secret",
            Asked("endOldSecret", Tag, "End the secret before the rotation", typeof(KeyBody)),
            keys.EndOldSecretAsync);
    }

    private static void MapMachines(ManageRoutes api, MachinesHandler machines)
    {
        const string Tag = "Machines";
        api.Look(
            "/machines", Asked("listMachines", Tag, "Machines, with what of them is online", typeof(MachinesBody)), machines.ListAsync);
        api.Change(
            "POST",
            "/machines",
            Asked("createMachine", Tag, "Make a tunnel token for a machine, told this once", typeof(MachineBody)) with
            {
                Body = [ManageFields.Name],
                Status = StatusCodes.Status201Created,
            },
            machines.CreateAsync);
        api.Look(OneMachine, Asked("getMachine", Tag, "One machine", typeof(MachineBody)), machines.GetAsync);
        api.Change(
            "PATCH",
            OneMachine,
            Asked("renameMachine", Tag, "Change its name", typeof(MachineBody)) with { Body = [ManageFields.Name] },
            machines.RenameAsync);
        api.Change(
            "PUT",
            $"{OneMachine}/usage-rules",
            Asked("setUsageRule", Tag, "Set what callers may use of one CLI there, from the next call on", typeof(MachineBody)) with
            {
                Body = ManageFields.UsageRule,
            },
            machines.SetUsageRuleAsync);
        api.Change(
            "POST",
            $"{OneMachine}/revoke",
            Asked("revokeMachine", Tag, "End its token; its tunnel ends too", typeof(MachineBody)),
            machines.RevokeAsync);
    }

    private static void MapCalls(ManageRoutes api, IServiceProvider services)
    {
        var usage = services.GetRequiredService<UsageHandler>();
        var calls = services.GetRequiredService<CallsHandler>();
        const string Tag = "Calls";
        api.Look(
            "/usage", Asked("getUsage", Tag, "Sums by day", typeof(UsageBody)) with { Query = ManageFields.Usage }, usage.GetAsync);
        api.Look(
            "/calls",
            Asked("listCalls", Tag, "Calls that have ended, newest first", typeof(CallsBody)) with { Query = ManageFields.Calls },
            calls.ListAsync);
        api.Look(
            $"/calls/{{{ManageFields.CallId}}}", Asked("getCall", Tag, "One call, by its request id", typeof(CallBody)), calls.GetAsync);
    }

    private static void MapTokens(ManageRoutes api, TokensHandler tokens)
    {
        const string Tag = "Account tokens";
        api.Look("/tokens", Asked("listTokens", Tag, "Tokens of this API, revoked ones too", typeof(TokensBody)), tokens.ListAsync);
        api.Change(
            "POST",
            "/tokens",
            Asked("createToken", Tag, "Make a token, told this once", typeof(TokenBody)) with
            {
                Body = [ManageFields.Name],
                Status = StatusCodes.Status201Created,
            },
            tokens.CreateAsync);
        api.Change(
            "POST",
            $"/tokens/{{{ManageFields.TokenId}}}/revoke",
            Asked("revokeToken", Tag, "End it", typeof(TokenBody)),
            tokens.RevokeAsync);
    }

    private static ApiOperation Asked(string id, string tag, string summary, Type? answer = null) =>
        new(id, tag, summary) { Caller = ApiCaller.Account, Answer = answer };
}

/// <summary>Maps operations, each with the errors that its shape brings.</summary>
internal sealed class ManageRoutes(IEndpointRouteBuilder group)
{
    private static readonly string[] Looks = [HttpMethods.Get, HttpMethods.Head];

    public void Look(string path, ApiOperation operation, RequestDelegate handler) =>
        group.MapMethods(path, Looks, handler).WithMetadata(With(path, operation, isChange: false));

    public void Change(string method, string path, ApiOperation operation, RequestDelegate handler) =>
        group.MapMethods(path, [method], handler).WithMetadata(With(path, operation, isChange: true));

    private static ApiOperation With(string path, ApiOperation operation, bool isChange)
    {
        var takesFields = operation.Query.Count + operation.Body.Count > 0;
        int[] errors =
        [
            .. operation.Body.Count > 0 ? new[] { StatusCodes.Status400BadRequest } : [],
            StatusCodes.Status401Unauthorized,
            .. isChange ? new[] { StatusCodes.Status403Forbidden } : [],
            .. path.Contains('{', StringComparison.Ordinal) ? new[] { StatusCodes.Status404NotFound } : [],
            .. isChange ? new[] { StatusCodes.Status409Conflict } : [],
            .. operation.Body.Count > 0 ? new[] { StatusCodes.Status413PayloadTooLarge, StatusCodes.Status415UnsupportedMediaType } : [],
            .. takesFields ? new[] { StatusCodes.Status422UnprocessableEntity } : [],
            StatusCodes.Status429TooManyRequests,
        ];
        return operation with { Errors = errors, Failure = typeof(ManageErrorBody) };
    }
}

internal static class ManageServices
{
    /// <summary>Needs what it manages: keys, machines, accounts, calls, sign-in, account data.</summary>
    public static IServiceCollection AddManage(this IServiceCollection services) => services
        .ConfigureHttpJsonOptions(json => json.SerializerOptions.TypeInfoResolverChain.Add(ManageJson.Default))
        .AddSingleton<AccountBodyReader>()
        .AddSingleton<AccountHandler>()
        .AddSingleton<OverviewHandler>()
        .AddSingleton<KeysHandler>()
        .AddSingleton<MachinesHandler>()
        .AddSingleton<UsageHandler>()
        .AddSingleton<CallsHandler>()
        .AddSingleton<SessionsHandler>()
        .AddSingleton<TokensHandler>()
        .AddSingleton<AuditHandler>();

    public static void UseManage(this IApplicationBuilder app) => app.UseWhen(
        context => context.Request.Path.StartsWithSegments(ManageEndpoints.Root), manage => manage.UseMiddleware<ManageGate>());
}

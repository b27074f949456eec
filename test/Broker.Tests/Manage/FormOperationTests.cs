using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Polydev.Broker.Manage;
using Polydev.Broker.Pages.Frame;
using Polydev.Broker.Reference;
using Polydev.Broker.Tests.Api;

namespace Polydev.Broker.Tests.Manage;

/// <summary>
/// The management API can do all that the dashboard can. Forms and operations are taken from the broker's own list of endpoints: a new form
/// is nobody's until its operation is named here.
/// </summary>
public sealed class FormOperationTests
{
    // Each form, and the operation that does the same.
    private static readonly Dictionary<string, string> Operations = new()
    {
        ["/keys/new/{draft}"] = "createKey",
        ["/keys/{id}"] = "changeKey",
        ["/keys/{id}/revoke"] = "revokeKey",
        ["/keys/{id}/secrets/{number}"] = "rotateKey",
        ["/keys/{id}/end-old-secret"] = "endOldSecret",
        ["/machines/{id}/name"] = "renameMachine",
        ["/machines/{id}/usage"] = "setUsageRule",
        ["/machines/{id}/revoke"] = "revokeMachine",
        ["/settings/tokens/{draft}"] = "createToken",
        ["/settings/tokens/{id}/revoke"] = "revokeToken",
        ["/settings/export"] = "exportAccount",
        ["/settings/delete"] = "deleteAccount",

        // Its own session a program has not; everywhere is what is left.
        ["/sign-out"] = "endAllSessions",
    };

    // Each form that no operation does the same as, and why.
    private static readonly Dictionary<string, string> OfBrowsersAlone = new()
    {
        ["/sign-in"] = "It makes a browser's session of a link; a program comes with its token.",
        ["/device"] = "A person compares its code with a terminal's; a program makes a machine by createMachine.",
        ["/settings/display"] = "It sets a cookie of one browser, and changes nothing of the account.",
    };

    [Test]
    public async Task EveryForm_OfThePages_HasAnOperationThatDoesTheSame()
    {
        await using var broker = await RunningBroker.StartAsync();
        var endpoints = broker.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().ToList();
        var forms = endpoints.Where(IsForm).Select(one => one.RoutePattern.RawText);
        var operations = endpoints
            .Where(one => one.RoutePattern.RawText!.StartsWith($"{ManageEndpoints.Root}/v1/", StringComparison.Ordinal))
            .Select(one => one.Metadata.GetMetadata<ApiOperation>()!.Id);

        Assert.That(
            forms,
            Is.EquivalentTo(Operations.Keys.Concat(OfBrowsersAlone.Keys)),
            "say in Operations which one of the management API does the same, or build it; or in OfBrowsersAlone why there is none");
        Assert.That(Operations.Values, Is.SubsetOf(operations));
    }

    // It changes something: no look at a page does.
    private static bool IsForm(RouteEndpoint endpoint) => endpoint.Metadata.GetMetadata<PageRules>() is not null
        && endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Except(PageRules.Probes).Any();
}

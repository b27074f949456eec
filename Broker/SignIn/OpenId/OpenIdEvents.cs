using System.Runtime.ExceptionServices;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.AspNetCore.Http.Features;
using Polydev.Broker.Hosting;

namespace Polydev.Broker.SignIn.OpenId;

/// <summary>What the broker has to say where the library handles the protocol.</summary>
internal sealed class OpenIdEvents(OpenIdSignIn signIn, OpenIdProvider provider, BrokerAddresses addresses, TimeProvider time)
    : OpenIdConnectEvents
{
    public override Task RedirectToIdentityProvider(RedirectContext context)
    {
        context.ProtocolMessage.RedirectUri = addresses.BrowserSite(context.Request) + OpenIdSignIn.CallbackPath;
        context.Properties.ExpiresUtc = time.GetUtcNow() + OpenIdSignIn.Lifetime;
        return Task.CompletedTask;
    }

    // The cookies are gone by then, if the browser is honest.
    public override Task MessageReceived(MessageReceivedContext context)
    {
        if (context.Properties?.ExpiresUtc is { } end && end <= time.GetUtcNow())
        {
            context.Fail("The sign-in took too long.");
        }

        return Task.CompletedTask;
    }

    public override Task AuthorizationCodeReceived(AuthorizationCodeReceivedContext context)
    {
        signIn.BeginTry(context.HttpContext);
        return Task.CompletedTask;
    }

    public override Task TokenValidated(TokenValidatedContext context)
    {
        if (OpenIdPerson.Of(context.Principal!) is { } person)
        {
            context.HttpContext.Features.Set(person);
        }
        else
        {
            context.Fail("The identity token does not say who it is.");
        }

        return Task.CompletedTask;
    }

    // The library has seen to it that both are about the same subject.
    public override Task UserInformationReceived(UserInformationReceivedContext context)
    {
        var features = context.HttpContext.Features;
        features.Set(features.GetRequiredFeature<OpenIdPerson>().With(context.User.RootElement));
        return Task.CompletedTask;
    }

    public override async Task TicketReceived(TicketReceivedContext context)
    {
        await signIn.CompleteAsync(context.HttpContext, context.HttpContext.Features.GetRequiredFeature<OpenIdPerson>());
        context.HandleResponse();
    }

    public override Task AccessDenied(AccessDeniedContext context)
    {
        OpenIdSignIn.Refuse(context.HttpContext, SignInProblem.Stopped);
        context.HandleResponse();
        return Task.CompletedTask;
    }

    public override Task RemoteFailure(RemoteFailureContext context)
    {
        var failure = context.Failure!;
        if (failure is ThrottledException)
        {
            ExceptionDispatchInfo.Throw(failure);
        }

        // Anyone can send an answer that is none. A line of the log is for what the provider has to do with.
        if (failure is not AuthenticationFailureException)
        {
            signIn.BeginTry(context.HttpContext);
            provider.Tell(failure);
        }

        OpenIdSignIn.Refuse(
            context.HttpContext, OpenIdProvider.IsAway(failure) ? SignInProblem.NotAnswering : SignInProblem.NotConfirmed);
        context.HandleResponse();
        return Task.CompletedTask;
    }
}

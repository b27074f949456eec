using Polydev.Broker.Accounts;
using Polydev.Broker.Hosting;

namespace Polydev.Broker.SignIn;

/// <summary>The link that a starting broker prints: it signs its owner in.</summary>
internal sealed class OwnerLinks(AccountDirectory accounts, SignInLinks links, ISignInLinkStore store, BrokerAddresses addresses)
{
    /// <summary>Once the broker listens. Where that is, <c>account link</c> knows from then on.</summary>
    public async Task<IssuedLink> CreateAsync(CancellationToken cancellationToken)
    {
        var owner = await accounts.EnsureOwnerAsync(cancellationToken);
        await store.TellSiteAsync(addresses.Site, cancellationToken);
        return await links.CreateAsync(owner.Id, addresses.Site, cancellationToken);
    }
}

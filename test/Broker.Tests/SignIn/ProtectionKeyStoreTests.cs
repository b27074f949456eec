using System.Xml.Linq;
using Polydev.Broker.Storage;
using Polydev.Broker.Storage.Stores;
using Polydev.Broker.Tests.Storage;

namespace Polydev.Broker.Tests.SignIn;

[TestFixture(typeof(TemporaryDatabase))]
[TestFixture(typeof(TemporaryPostgres))]
internal sealed class ProtectionKeyStoreTests<TDatabase> : SignInStores<TDatabase>
    where TDatabase : ITemporaryDatabase, new()
{
    [Test]
    public void GetAll_Stored_IsTheLastOfEachName()
    {
        var store = new ProtectionKeyStore(Database);
        Assert.That(store.GetAllElements(), Is.Empty);

        store.StoreElement(XElement.Parse("<key id='1'><a>x</a></key>"), "key-1");
        store.StoreElement(XElement.Parse("<key id='2'/>"), "key-2");
        store.StoreElement(XElement.Parse("<key id='1'><a>y &amp; ü</a></key>"), "key-1");

        Assert.That(
            new ProtectionKeyStore(Database).GetAllElements().Select(element => element.ToString(SaveOptions.DisableFormatting)),
            Is.EqualTo(new[] { "<key id=\"1\"><a>y &amp; ü</a></key>", "<key id=\"2\" />" }));
    }
}

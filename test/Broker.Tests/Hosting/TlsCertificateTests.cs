using Polydev.Broker.Hosting;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Hosting;

public sealed class TlsCertificateTests
{
    [Test]
    public void Load_OneFileOrTwo_HasTheKey()
    {
        using var made = new TestCertificate();

        var (two, one) = (TlsCertificate.Load(made.CertFile, made.KeyFile), TlsCertificate.Load(made.BothFile, keyFile: null));

        Assert.Multiple(() =>
        {
            Assert.That((two.Leaf.HasPrivateKey, two.IsSelfSigned, two.Chain), Is.EqualTo((true, true, two.Chain)));
            Assert.That(one.Leaf.Thumbprint, Is.EqualTo(two.Leaf.Thumbprint));
            Assert.That(one.Leaf.HasPrivateKey, Is.True);
        });
    }

    [TestCase("no such file")]
    [TestCase("the key alone")]
    [TestCase("another's key")]
    [TestCase("no key")]
    public void Load_WhatDoesNotServe_SaysWhichOptionsToGive(string what)
    {
        using var made = new TestCertificate();
        using var other = new TestCertificate();
        var (cert, key) = what switch
        {
            "no such file" => (made.CertFile + ".gone", made.KeyFile),
            "the key alone" => (made.KeyFile, made.KeyFile),
            "another's key" => (made.CertFile, other.KeyFile),
            _ => (made.CertFile, null),
        };

        Assert.That(
            () => TlsCertificate.Load(cert, key),
            Throws.TypeOf<TlsCertificateException>().With.Message.Contains(cert).And.Message.Contains("--tls-cert"));
    }
}

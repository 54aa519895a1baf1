"""What every provider's adapter must do. A provider's own test class supplies a record and subclasses this suite."""

from __future__ import annotations

from providers.base import Provider
from providers.sandbox import Sandbox
from tests.providers.contract_answers import Answers
from tests.providers.contract_requests import Requests
from tests.providers.stage import shown


class ContractSuite(Requests, Answers):
    """All of the contract, and the contract read a second time by somebody else: the sandbox."""

    def test_the_sandbox_takes_every_update_as_shown(self, provider: Provider, sandbox: Sandbox) -> None:
        sandbox.configure(self.slug, **self.sandbox_settings)
        sandbox.seed(self.slug, [self.record])
        base_url = sandbox.base_url(self.slug)
        with provider.connect(base_url=base_url, credentials=sandbox.credentials(self.slug)) as client:
            for name, value in self.samples.items():
                accepted = client.update(self.record, {name: value})
                entry = sandbox.ledger(self.slug)[-1]
                self.compare(provider, shown(provider.preview(base_url, self.record, {name: value})), entry["body"])
                assert entry["applied"]
                assert entry["external_id"] == self.external
                kept = sandbox.record(self.slug, self.external)
                assert kept is not None
                assert provider.field(name).same(provider.field(name).from_wire(kept[name]), value)
                if accepted.values is not None:
                    assert provider.field(name).same(accepted.values[name], value)
        assert len(sandbox.ledger(self.slug)) == len(self.samples)

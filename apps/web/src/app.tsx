import { useRoute } from './state/router';
import { Shell } from './ui/shell';
import { AccountPage } from './pages/account';
import { AuctionsPage } from './pages/auctions';
import { GovernancePage } from './pages/governance';
import { OverviewPage } from './pages/overview';
import { RiskPage } from './pages/risk';

export function App() {
  const { page } = useRoute();
  return (
    <Shell>
      {page === 'overview' && <OverviewPage />}
      {page === 'account' && <AccountPage />}
      {page === 'auctions' && <AuctionsPage />}
      {page === 'risk' && <RiskPage />}
      {page === 'governance' && <GovernancePage />}
    </Shell>
  );
}
